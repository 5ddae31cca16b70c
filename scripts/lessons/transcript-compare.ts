/** A line of a block that stands for any number of lines. */
export const ELLIPSIS = "…";

/** What a placeholder in a lesson's output stands for, and nothing else. */
const PLACEHOLDERS: Record<string, string> = {
  port: "(?:[1-9]\\d{0,4})",
  // As HTTP writes it, and as `toISOString` does.
  date:
    "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT" +
    "|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z)",
  // 16 bytes in base64.
  key: "(?:[A-Za-z0-9+/]{21}[AQgw]==)",
  time: "(?:\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?|\\d+(?:\\.\\d+)? ?(?:ms|s|milliseconds|seconds))",
};

export type LineMatcher = (expected: string, actual: string) => boolean;

/** The block fits: it took so many of the actual lines; if it is open, it leaves out all the next. */
export interface Fit {
  fits: true;
  taken: number;
  open: boolean;
}

/** The first line that differs. */
export interface Difference {
  fits: false;
  /** Its place in the block, from 0; the block's length if the block has ended. */
  row: number;
  expected: string | undefined;
  actual: string | undefined;
  /** Where the message should look among the actual lines. */
  position: number;
  /** No line that may still come can mend it. */
  final: boolean;
}

/** Whether a line is what the lesson says, which may hold placeholders. */
export function matchesLine(expected: string, actual: string): boolean {
  if (expected === actual) return true;
  const parts = expected.split(/(<(?:port|date|key|time)>)/);
  if (parts.length === 1) return false;
  const pattern = parts.map((part) => PLACEHOLDERS[part.slice(1, -1)] ?? escapeRegExp(part));
  return new RegExp(`^${pattern.join("")}$`).test(actual);
}

export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

/**
 * Compares a block with what has come: every line, in order, where `…` stands for any lines. As
 * long as more can come (`ended` is false), lines behind those that fit belong to the next block.
 */
export function compareLines(
  expected: readonly string[],
  actual: readonly string[],
  ended: boolean,
  matches: LineMatcher = matchesLine,
): Fit | Difference {
  let position = 0;
  for (const part of partsOf(expected)) {
    const last = part.row + part.lines.length === expected.length;
    const start =
      part.anchored ? position
      : last && ended ? Math.max(position, actual.length - part.lines.length)
      : findPart(part.lines, actual, position, matches);
    const same = prefixLength(part.lines, actual, start, matches);
    if (same < part.lines.length) {
      const near = part.anchored ? start : nearest(part.lines, actual, position, matches);
      return difference(expected, actual, part, near, ended, matches);
    }
    position = start + part.lines.length;
  }
  const open = expected.at(-1) === ELLIPSIS;
  if (open && ended) position = actual.length;
  if (ended && position < actual.length) {
    const row = expected.length;
    return { fits: false, row, expected: undefined, actual: actual[position], position, final: true };
  }
  return { fits: true, taken: position, open };
}

/** Lines of a block without `…`; if nothing is left out in front, they are anchored. */
interface Part {
  row: number;
  lines: string[];
  anchored: boolean;
}

function partsOf(expected: readonly string[]): Part[] {
  const parts: Part[] = [];
  let anchored = true;
  let part: Part | undefined;
  for (const [row, line] of expected.entries()) {
    if (line === ELLIPSIS) {
      anchored = false;
      part = undefined;
      continue;
    }
    if (part === undefined) parts.push((part = { row, lines: [], anchored }));
    part.lines.push(line);
  }
  return parts;
}

function prefixLength(
  lines: string[],
  actual: readonly string[],
  start: number,
  matches: LineMatcher,
): number {
  const different = lines.findIndex((line, index) => {
    const other = actual[start + index];
    return other === undefined || !matches(line, other);
  });
  return different === -1 ? lines.length : different;
}

/** Where the part begins, or the end of what has come. */
function findPart(
  lines: string[],
  actual: readonly string[],
  from: number,
  matches: LineMatcher,
): number {
  for (let start = from; start < actual.length; start += 1) {
    if (prefixLength(lines, actual, start, matches) === lines.length) return start;
  }
  return actual.length;
}

/** Where most of the part stands, for the message. */
function nearest(
  lines: string[],
  actual: readonly string[],
  from: number,
  matches: LineMatcher,
): number {
  let best = actual.length;
  let most = 0;
  for (let start = from; start < actual.length; start += 1) {
    const same = prefixLength(lines, actual, start, matches);
    if (same > most) [best, most] = [start, same];
  }
  return best;
}

function difference(
  expected: readonly string[],
  actual: readonly string[],
  part: Part,
  start: number,
  ended: boolean,
  matches: LineMatcher,
): Difference {
  const same = prefixLength(part.lines, actual, start, matches);
  const row = part.row + same;
  const position = start + same;
  const other = actual[position];
  // Behind a `…`, the right lines can still come further down.
  const final = ended || (part.anchored && other !== undefined);
  return { fits: false, row, expected: expected[row], actual: other, position, final };
}
