/** The middle one, or the mean of the two in the middle; NaN if there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? NaN) + upper) / 2 : upper;
}

/** The value that so many percent of the sorted ones do not exceed; NaN if there is none. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

/**
 * How many times the other one, as the median over the rounds: what disturbed a round disturbed both,
 * and a ratio of two rounds that stood side by side feels less of it than one of two medians.
 */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  const pairs = values.flatMap((value, round) => {
    const other = others[round];
    return other === undefined || !(other > 0) ? [] : [value / other];
  });
  return median(pairs);
}
