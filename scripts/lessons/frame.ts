import { decodeFrame, decodeFrames, OPCODES, toHex, type Frame, type FrameField } from "../wire/decode-frame.ts";
import type { Finding } from "./finding.ts";
import type { Lesson } from "./lesson.ts";

/** `frame` blocks: bytes in hex, then what the lesson claims for them. */

/** A line `opcode: 1 text` of a block. */
export interface Claim {
  name: string;
  value: string;
  /** The line in the block, from 0. */
  row: number;
}

/** One frame of a block: its bytes, and what is said about it. */
export interface FrameBlock {
  bytes: Uint8Array;
  claims: Claim[];
  /** The line in the block at which it begins, from 0. */
  row: number;
}

type Report = (row: number, message: string) => void;

/** Reads a block. Empty lines stand between its frames; `report` hears what cannot be read. */
export function parseFrameBlock(content: string, report: Report = () => {}): FrameBlock[] {
  const blocks: FrameBlock[] = [];
  let block: FrameBlock | undefined;
  for (const [row, line] of content.split("\n").entries()) {
    const text = line.trim();
    if (text === "") {
      block = undefined;
    } else if (/^[0-9a-f]{2}(\s+[0-9a-f]{2})*$/i.test(text)) {
      if (!block) blocks.push((block = { bytes: new Uint8Array(), claims: [], row }));
      if (block.claims.length > 0) {
        report(row, "The bytes stand before the fields; an empty line begins the next frame.");
      }
      block.bytes = Uint8Array.from([...block.bytes, ...Buffer.from(text.replace(/\s+/g, ""), "hex")]);
    } else {
      const [, name, value = ""] = /^([a-z][a-z0-9-]*):(?: (.*))?$/.exec(line.trimStart()) ?? [];
      if (name === undefined) {
        report(row, `This is neither bytes in hex (81 05 48 ...) nor a field (fin: 1): ${text}`);
      } else if (!block) {
        report(row, "There are no bytes above this field.");
      } else {
        block.claims.push({ name, value, row });
      }
    }
  }
  return blocks;
}

/** How each field is read off a frame: `undefined` where its bytes are missing. */
const FIELDS: Record<string, (frame: Frame) => string | undefined> = {
  fin: fieldValue("fin"),
  rsv1: fieldValue("rsv1"),
  rsv2: fieldValue("rsv2"),
  rsv3: fieldValue("rsv3"),
  opcode: fieldValue("opcode"),
  masked: fieldValue("masked"),
  length: fieldValue("length"),
  mask: (frame) => (fieldValue("masked")(frame) === "0" ? "none" : fieldValue("mask")(frame)),
  payload: ({ payload, complete }) => (complete ? toText(payload) : undefined),
  "payload-hex": ({ payload, complete }) => (complete ? toHex(payload) : undefined),
  header: ({ bytes, headerLength = Infinity }) =>
    bytes.length < headerLength ? undefined : toHex(bytes.subarray(0, headerLength)),
  // Of a close frame, RFC 6455, section 5.5.1.
  code: ({ payload, complete }) => {
    if (!complete) return undefined;
    const [high, low] = payload;
    return high === undefined || low === undefined ? "none" : String(high * 256 + low);
  },
  reason: ({ payload, complete }) => (complete ? toText(payload.subarray(2)) : undefined),
};

function fieldValue(name: string): (frame: Frame) => string | undefined {
  return ({ fields }) => fields.find((field) => field.name === name)?.value;
}

function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "(no UTF-8; use payload-hex)";
  }
}

/** Checks a block: `report` hears each claim that the bytes do not bear out. */
export function checkFrameBlock(content: string, report: Report): void {
  const blocks = parseFrameBlock(content, report);
  if (blocks.length === 0) report(0, "This block has no bytes.");
  for (const { bytes, claims, row } of blocks) {
    const frame = decodeFrame(bytes);
    const surplus = bytes.length - frame.bytes.length;
    if (surplus > 0) {
      const parts = `${frame.headerLength} of header, ${frame.payloadLength} of payload`;
      report(
        row,
        `The frame has ${frame.bytes.length} bytes (${parts}), and here are ${surplus} more. ` +
          `Frames are kept apart by an empty line.`,
      );
    }
    for (const claim of claims) checkClaim(claim, frame, report);
  }
}

function checkClaim({ name, value, row }: Claim, frame: Frame, report: Report): void {
  const read = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (!read) {
    const known = Object.keys(FIELDS).join(", ");
    return report(row, `There is no field "${name}". The fields are: ${known}.`);
  }
  if ((name === "code" || name === "reason") && fieldValue("opcode")(frame) !== "8") {
    return report(row, `"${name}" is a field of close frames, and this is none.`);
  }
  const actual = read(frame);
  if (actual === undefined) {
    const length = frame.bytes.length;
    return report(row, `The bytes for "${name}" are not there: the frame is cut off after ${length}.`);
  }
  if (claimed(name, value) === actual && labelIsRight(name, value, actual)) return;
  const label = name === "opcode" ? ` ${OPCODES[Number(actual)] ?? "reserved"}` : "";
  const { fields } = frame;
  const bits = fields.find((field) => field.name === name);
  report(
    row,
    `The lesson claims "${name}: ${value}", but the bytes say "${name}: ${actual}${label}"` +
      `${bits ? ` (${whereIs(bits, frame)})` : ""}.`,
  );
}

/** A claimed value in the form in which the decoder gives it. */
function claimed(name: string, value: string): string {
  if (name === "payload" || name === "reason") return value;
  if (name === "mask" || name === "header" || name === "payload-hex") {
    return value.trim().toLowerCase().replace(/\s+/g, " ");
  }
  const number = name === "opcode" ? (value.split(" ")[0] ?? "") : value.trim();
  return /^(\d+|0x[0-9a-f]+)$/i.test(number) ? String(BigInt(number)) : number;
}

function labelIsRight(name: string, value: string, actual: string): boolean {
  const label = name === "opcode" ? value.split(" ").slice(1).join(" ") : "";
  return label === "" || label === (OPCODES[Number(actual)] ?? "reserved");
}

/** The place of a field, for the message: `byte 1 is 48, 01001000`. */
function whereIs({ bit, bits }: FrameField, { bytes }: Frame): string {
  const first = Math.floor(bit / 8);
  const last = Math.floor((bit + bits - 1) / 8);
  const byte = bytes[first] ?? 0;
  if (first !== last) return `bytes ${first + 1} to ${last + 1}`;
  return `byte ${first + 1} is ${toHex(Uint8Array.of(byte))}, ${toBits(byte)}`;
}

function toBits(byte: number): string {
  return byte.toString(2).padStart(8, "0");
}

/**
 * The gate of bytes: the fields that `frame` blocks claim, hex and bits side by side in any
 * block, the frame in a block with `random-mask`, and sentences such as "`H` is 48 in hex,
 * `01001000` in bits" and "the bits `10100` are 20".
 */
export function checkFrames(lesson: Lesson): Finding[] {
  const findings: Finding[] = [];
  for (const { language, words, content, line } of lesson.fences) {
    const report: Report = (row, message) => {
      findings.push({ file: lesson.file, line: line + 1 + row, message });
    };
    if (language === "frame") {
      const unknown = words.filter((word) => word !== "permessage-deflate");
      if (unknown.length > 0) report(-1, `A frame block has no name; "${unknown.join(" ")}" is too much.`);
      checkFrameBlock(content, report);
    } else if (language === "console") {
      const bytes = checkDump(content, report);
      if (words.includes("random-mask")) checkRandomMask(bytes, report);
    }
  }
  for (const { text, line } of lesson.paragraphs) {
    for (const message of wrongSentences(text)) findings.push({ file: lesson.file, line, message });
  }
  return findings;
}

/** Rows such as `  81 94   10000001 10010100`: the two halves are the same bytes. Returns them. */
function checkDump(content: string, report: Report): Uint8Array {
  const all: number[] = [];
  for (const [row, line] of content.split("\n").entries()) {
    const [, hex, bits] =
      /^\s*((?:[0-9a-f]{2} +)*[0-9a-f]{2})\s{2,}((?:[01]{8} +)*[01]{8})\s*$/i.exec(line) ?? [];
    if (hex === undefined || bits === undefined) continue;
    const bytes = hex.trim().split(/ +/).map((byte) => parseInt(byte, 16));
    const expected = bytes.map(toBits).join(" ");
    all.push(...bytes);
    if (bits.trim().split(/ +/).join(" ") === expected) continue;
    report(row, `${hex.trim()} in bits is ${expected}, not ${bits.trim()}.`);
  }
  return Uint8Array.from(all);
}

/** Nobody can replay these bytes, but they must be frames of a client, with text that is text. */
function checkRandomMask(bytes: Uint8Array, report: Report): void {
  if (bytes.length === 0) {
    return report(0, "This block is marked random-mask, but shows no bytes in hex and bits.");
  }
  for (const frame of decodeFrames(bytes)) {
    const value = (name: string): string | undefined => FIELDS[name]?.(frame);
    if (!frame.complete) return report(0, "The bytes of this block end in the middle of a frame.");
    if (value("masked") !== "1") return report(0, "The bytes of this block are a frame without a mask.");
    const text = value("opcode") === "1" && value("rsv1") === "0";
    if (text && /[^\P{Cc}\n\t\r]|^\(no UTF-8/u.test(value("payload") ?? "")) {
      return report(0, `Unmasked, the bytes of this block are no text: ${value("payload-hex")}.`);
    }
  }
}

function wrongSentences(text: string): string[] {
  const wrong: string[] = [];
  const sentences = /(?:^|\s)([!-~]) is ([0-9a-f]{2}) in hex(?:, ([01]{8}) in bits)?/gi;
  for (const [, character = "", hex = "", bits] of text.matchAll(sentences)) {
    const code = character.charCodeAt(0);
    const right = toHex(Uint8Array.of(code));
    if (right !== hex.toLowerCase()) wrong.push(`${character} is ${right} in hex, not ${hex}.`);
    if (bits !== undefined && bits !== toBits(code)) {
      wrong.push(`${character} is ${toBits(code)} in bits, not ${bits}.`);
    }
  }
  // Not four bits: 1000 and 1001 are close codes.
  for (const [, bits = "", number] of text.matchAll(/(?:^|\s)([01]{5,8}),? (?:is|are) (\d+)\b/g)) {
    const value = parseInt(bits, 2);
    if (String(value) !== number) wrong.push(`${bits} is ${value}, not ${number}.`);
  }
  return wrong;
}
