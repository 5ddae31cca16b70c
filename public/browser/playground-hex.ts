/** Hex as people paste it: plain, from C or JavaScript, or from hexdump, xxd and Wireshark. */

export type HexReading = { bytes: Uint8Array; problem?: undefined } | { bytes?: undefined; problem: string };

/** The most bytes that are read at once. */
export const MOST_BYTES = 200_000;

/** The bytes of a text in hex, or a sentence that says where it is none. */
export function readHex(text: string): HexReading {
  const bytes: number[] = [];
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const problem = readLine(line, bytes);
    if (problem !== undefined) return { problem: lines.length > 1 ? `Line ${index + 1}: ${problem}` : problem };
    if (bytes.length > MOST_BYTES) return { problem: `That is more than ${MOST_BYTES.toLocaleString("en")} bytes, too many for a page.` };
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
  // Digits are an offset only if they count what came before: `0010` in the second line of a dump.
  const isDump = offset !== "" && parseInt(offset, 16) === read && (colon !== undefined || /\s{2,}$/.test(whole) || whole === line);
  if (!isDump) return [0, line.length];
  const text = /\s*\|.*$/.exec(line) ?? (colon ? / {2,}\S.*$/ : /\s{3,}\S.*$/).exec(line.slice(whole.length));
  if (!text) return [whole.length, line.length];
  return [whole.length, text.input === line ? Math.max(text.index, whole.length) : whole.length + text.index];
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
