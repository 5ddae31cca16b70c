/**
 * How many files, sockets included, this process may have open; `Infinity` where there is no limit.
 * Node raises its soft limit to the hard one when it starts, so the hard one is what counts.
 */
export function openFilesLimit(): number {
  const { userLimits } = process.report.getReport() as unknown as { userLimits?: { open_files?: { hard: number | string } } };
  const hard = Number(userLimits?.open_files?.hard);
  return Number.isNaN(hard) ? Infinity : hard;
}
