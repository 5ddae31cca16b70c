import { matchesLine } from "./transcript-compare.ts";

/** One line of a dump of bytes: `  81 94 da dd   10000001 10010100 11011010 11011101`. */
const DUMP_ROW = /^ *((?:[0-9a-f]{2} ?)+?) {2,}((?:[01]{8} ?)+)$/;

interface DumpRow {
  bytes: number[];
  bits: number[];
}

/** `matchesLine` for blocks marked `random-mask`: in dumps of bytes, only the layout must agree. */
export function matchesMaskedLine(expected: string, actual: string): boolean {
  if (parseRow(expected) === undefined) return matchesLine(expected, actual);
  return parseRow(actual) !== undefined && layout(expected) === layout(actual);
}

/**
 * What is wrong with the dumps in a block that fits otherwise, in one sentence, or `undefined`: hex
 * and bits must agree, the first two bytes are those of the lesson, and both the lesson's frame and
 * the one that came must unmask to the same text, one that the page has sent, if it has sent any.
 */
export function checkDumps(
  expected: readonly string[],
  actual: readonly string[],
  sent: readonly string[],
): string | undefined {
  try {
    const [claimed, came] = [readDumps(expected, "The lesson"), readDumps(actual, "The program")];
    if (claimed.length === 0) throw new Error("random-mask is for dumps of bytes; the block has none.");
    for (const [index, frame] of claimed.entries()) compareFrames(frame, came[index] ?? [], sent);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function compareFrames(claimed: number[], came: number[], sent: readonly string[]): void {
  const [head, otherHead] = [claimed.slice(0, 2), came.slice(0, 2)];
  if (hex(head) !== hex(otherHead)) {
    throw new Error(
      `The first two bytes are the same in each run: the lesson has ${hex(head)}, ` +
        `and ${hex(otherHead)} came.`,
    );
  }
  const [text, otherText] = [unmask(claimed, "The lesson"), unmask(came, "The program")];
  if (text !== otherText) {
    throw new Error(
      `Unmasked, the lesson's frame says ${JSON.stringify(text)}, and the one that came ` +
        `${JSON.stringify(otherText)}.`,
    );
  }
  if (sent.length > 0 && !sent.includes(otherText)) {
    throw new Error(
      `Unmasked, the frame says ${JSON.stringify(otherText)}, but the page has sent ` +
        `${sent.map((item) => JSON.stringify(item)).join(" and ")}.`,
    );
  }
}

/** The bytes of each run of dump lines. */
function readDumps(lines: readonly string[], who: string): number[][] {
  const dumps: number[][] = [];
  let inside = false;
  for (const line of lines) {
    const row = parseRow(line);
    if (row === undefined) {
      inside = false;
      continue;
    }
    if (row.bytes.join() !== row.bits.join()) {
      throw new Error(`${who} has hex and bits that do not agree: ${line.trim()}`);
    }
    if (!inside) dumps.push([]);
    dumps.at(-1)?.push(...row.bytes);
    inside = true;
  }
  return dumps;
}

/** The payload of one masked frame of up to 125 bytes, as text. */
function unmask(bytes: number[], who: string): string {
  const length = (bytes[1] ?? 0) & 0x7f;
  if (((bytes[1] ?? 0) & 0x80) === 0) throw new Error(`${who} has a frame without a mask.`);
  if (length > 125) throw new Error(`${who} has a frame longer than random-mask can read.`);
  if (bytes.length !== 6 + length) {
    throw new Error(
      `${who} has a frame of ${bytes.length} bytes, but its header says that it has ${6 + length}.`,
    );
  }
  const key = bytes.slice(2, 6);
  const payload = bytes.slice(6).map((byte, index) => byte ^ (key[index % 4] ?? 0));
  return Buffer.from(payload).toString("utf8");
}

function parseRow(line: string): DumpRow | undefined {
  const [, bytes, bits] = DUMP_ROW.exec(line) ?? [];
  if (bytes === undefined || bits === undefined) return undefined;
  const read = (text: string, base: number) =>
    text.trim().split(" ").map((number) => Number.parseInt(number, base));
  return { bytes: read(bytes, 16), bits: read(bits, 2) };
}

function layout(line: string): string {
  return line.replace(/[0-9a-f]/g, "0");
}

function hex(bytes: number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
