/** Something that a gate has found: where it stands, and what is wrong with it. */
export interface Finding {
  /** The page, relative to the course: `steps/03-accept-key/README.md`. */
  file: string;
  /** From 1. */
  line: number;
  message: string;
}

/** Throws an error that lists all findings, each with its place in front, if there are any. */
export function assertNoFindings(findings: Finding[]): void {
  if (findings.length === 0) return;
  const error = new Error(`\n\n${findings.map(describeFinding).join("\n\n")}\n`);
  // Where the gate stands helps nobody: what has to be mended is in the message.
  error.stack = error.message;
  throw error;
}

export function describeFinding({ file, line, message }: Finding): string {
  return `${file}:${line}: ${message}`;
}
