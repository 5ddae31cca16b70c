/** Hex as people paste it: plain, from C or JavaScript, or from hexdump, xxd and Wireshark. */

export type HexReading = { bytes: Uint8Array; problem?: undefined } | { bytes?: undefined; problem: string };

/** The most bytes that are read at once. */
export const MOST_BYTES = 200_000;
/** The most characters: in a dump, a byte may take ten. */
const MOST_CHARACTERS = 10 * MOST_BYTES;
const TOO_MANY = `That is more than ${MOST_BYTES.toLocaleString("en")} bytes, too many for a page.`;

/** The bytes of a text in hex, or a sentence that says where it is none. */
export function readHex(text: string): HexReading {
  if (text.length > MOST_CHARACTERS) return { problem: TOO_MANY };
  const bytes: number[] = [];
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const problem = readLine(line, bytes);
    if (problem !== undefined) return { problem: lines.length > 1 ? `Line ${index + 1}: ${problem}` : problem };
    if (bytes.length > MOST_BYTES) return { problem: TOO_MANY };
  }
  return { bytes: Uint8Array.from(bytes) };
}

/** Adds the bytes of a line; returns what is wrong with it. */
function readLine(line: string, bytes: number[]): string | undefined {
  const [start, end] = hexPart(line, bytes.length);
  // A byte with its prefix, or digits that stand together, or what may stand between bytes.
  const token = /(?:0x|\\x|\\u00|%)([0-9a-f]{1,2})(?![0-9a-f])|([0-9a-f]+)|<Buffer\b|[\s,;:"'`[\](){}<>-]+/iy;
  let position = start;
  while (position < end) {
    token.lastIndex = position;
    const [found, prefixed, digits] = token.exec(line) ?? [];
    if (found === undefined) {
      const character = String.fromCodePoint(line.codePointAt(position) ?? 0);
      return `“${character}” at position ${position + 1} is no hex digit.`;
    }
    if (digits !== undefined && digits.length % 2 === 1) {
      return `“${shortened(digits)}” at position ${position + 1} is half a byte too much: a byte has two hex digits.`;
    }
    if (prefixed !== undefined) bytes.push(parseInt(prefixed, 16));
    else if (digits !== undefined) for (const pair of digits.match(/../g) ?? []) bytes.push(parseInt(pair, 16));
    position += found.length;
  }
  return undefined;
}

/** Where in the line the bytes are: a dump has an offset before them and text behind them. */
function hexPart(line: string, read: number): [start: number, end: number] {
  const [whole = "", offset = "", colon] = /^\s*([0-9a-f]{4,8})(:)?(?:\s+|$)/i.exec(line) ?? [];
  const behind = whole.length - whole.trimEnd().length;
  // Digits are an offset only if they count what came before: `0010` in the second line of a dump.
  const isDump = offset !== "" && parseInt(offset, 16) === read && (colon !== undefined || behind >= 2 || whole === line);
  if (!isDump) return [0, line.length];
  const bar = line.indexOf("|", whole.length);
  if (bar >= 0) return [whole.length, bar];
  return [whole.length, colon ? findGap(line, whole.length, /[ ]/, 2) : findGap(line, whole.length, /\s/, 3)];
}

/** Where the first gap of so many blanks begins that has something behind it; the end of the line if there is none. */
function findGap(line: string, from: number, blank: RegExp, least: number): number {
  let start = from;
  for (let index = from; index < line.length; index += 1) {
    if (blank.test(line[index] ?? "")) continue;
    if (index - start >= least) return start;
    start = index + 1;
  }
  return line.length;
}

function shortened(digits: string): string {
  return digits.length <= 8 ? digits : `${digits.slice(0, 8)}…`;
}

/** The hash of a link to these bytes. */
export function toHash(bytes: Uint8Array, from: "client" | "server"): string {
  return `#hex=${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}&from=${from}`;
}

/** What a link's hash holds; `undefined` if it is none of ours. */
export function readHash(hash: string): { hex: string; from: "client" | "server" | undefined } | undefined {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const hex = values.get("hex");
  const from = values.get("from");
  if (hex === null) return undefined;
  return { hex, from: from === "client" || from === "server" ? from : undefined };
}
