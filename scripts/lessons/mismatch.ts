/** Where quoted lines leave the file that they quote. Positions count from 0. */
export interface Mismatch {
  /** The part, and the line in it, that does not match. */
  part: number;
  index: number;
  text: string;
  /** Where the quoted line would have to stand, if the lines before it were found. */
  expected: number | undefined;
  /** The position of the line most like it. */
  nearest: number | undefined;
  /** The quoted line stands in the file, but elsewhere. */
  elsewhere: boolean;
  /** The whole part stands in the file, but above the part before it. */
  outOfOrder: boolean;
}

/** The first line that keeps the parts from standing in the file, each together and all in order. */
export function findMismatch(parts: string[][], lines: readonly string[]): Mismatch | undefined {
  let from = 0;
  for (const [number, part] of parts.entries()) {
    const start = indexOf(part, lines, from);
    if (start === -1) return mismatchOf(part, number, lines, from);
    from = start + part.length;
  }
  return undefined;
}

/** The lines of a message below its first: what the lesson says, and what the file says. */
export function describeMismatch(
  { text, expected, nearest, elsewhere, outOfOrder }: Mismatch,
  file: string,
  lines: readonly string[],
): string {
  const rows: [string, string][] = [["the lesson says", text]];
  const at = (position: number): string => `${file}, line ${position + 1}`;
  if (outOfOrder) {
    rows.push([at(nearest ?? 0), lines[nearest ?? 0] ?? ""]);
    return `${table(rows)}\n  It stands above what the block shows before it.`;
  }
  if (elsewhere && nearest !== undefined) {
    if (expected === undefined) {
      rows.push([at(nearest), text]);
      return `${table(rows)}\n  It stands above what the block shows before it.`;
    }
    rows.push([at(expected), lines[expected] ?? "(the end of the file)"]);
    return (
      `${table(rows)}\n  The lesson's line stands in line ${nearest + 1}. ` +
      `Left-out lines are marked by a line "// …".`
    );
  }
  if (nearest === undefined) return `${table(rows)}\n  No line of ${file} is like it.`;
  const candidate = lines[nearest] ?? "";
  rows.push([at(nearest), candidate]);
  const column = firstDifference(text, candidate);
  const width = Math.max(...rows.map(([label]) => label.length));
  return `${table(rows)}\n  ${" ".repeat(width + 2 + column)}^ column ${column + 1}`;
}

function table(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `  ${`${label}:`.padEnd(width + 1)} ${text}`).join("\n");
}

function firstDifference(one: string, other: string): number {
  let column = 0;
  while (column < one.length && one[column] === other[column]) column += 1;
  return column;
}

function indexOf(part: string[], lines: readonly string[], from: number): number {
  for (let start = from; start + part.length <= lines.length; start += 1) {
    if (part.every((text, index) => text === lines[start + index])) return start;
  }
  return -1;
}

function mismatchOf(
  part: string[],
  number: number,
  lines: readonly string[],
  from: number,
): Mismatch {
  const above = indexOf(part, lines, 0);
  if (above !== -1) {
    const text = part[0] ?? "";
    const found = { part: number, index: 0, text, expected: undefined };
    return { ...found, nearest: above, elsewhere: true, outOfOrder: true };
  }
  // As far as the quotation can be followed from its first line on; of equals, where most agrees.
  let best = { start: from, prefix: -1, equal: -1 };
  for (let start = from; start < lines.length; start += 1) {
    const same = part.map((text, index) => text === lines[start + index]);
    const prefix = same.includes(false) ? same.indexOf(false) : same.length;
    const equal = same.filter(Boolean).length;
    if (prefix > best.prefix || (prefix === best.prefix && equal > best.equal)) {
      best = { start, prefix, equal };
    }
  }
  const index = Math.max(0, best.prefix);
  const text = part[index] ?? "";
  const expected = best.equal > 0 ? best.start + index : undefined;
  const later = lines.indexOf(text, expected ?? 0);
  const same = later !== -1 ? later : lines.indexOf(text);
  const nearest = same !== -1 ? same : mostSimilar(text, lines, expected);
  const elsewhere = same !== -1;
  return { part: number, index, text, expected, nearest, elsewhere, outOfOrder: false };
}

/** The line most like `text`, if any is half as long as its differences; `hint` wins a tie. */
function mostSimilar(
  text: string,
  lines: readonly string[],
  hint: number | undefined,
): number | undefined {
  let best: number | undefined;
  let least = Math.max(text.trim().length * 0.6, 2);
  lines.forEach((line, position) => {
    // Where the line is expected, a little more difference is forgiven.
    const cost = distance(text, line) * (position === hint ? 0.75 : 1);
    if (cost < least) [best, least] = [position, cost];
  });
  return best;
}

/** How many characters one has to add, drop or replace to turn one text into the other. */
export function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
