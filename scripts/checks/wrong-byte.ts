import { decodeFrame, type FrameField } from "../wire/decode-frame.ts";
import { hex } from "./bytes.ts";

/** The first byte of an answer that is not as it should be. */
export type WrongByte = {
  /** Where it is: `byte 0 of the frame`. */
  where: string;
  /** The field that it belongs to, and what that says: `opcode: 2 (binary), expected 1 (text)`. */
  field: string;
  /** `undefined` if it is missing. */
  actual: number | undefined;
  /** `undefined` if there should be none. */
  expected: number | undefined;
  /** The bytes before it and behind it, both ways. */
  around?: { actual: Uint8Array; expected: Uint8Array };
  /** In a payload: its place there, and what the payload should be. */
  payload?: { index: number; expected: Uint8Array };
};

/** So many bytes are shown on either side of a wrong one. */
const AROUND = 6;

/** Where a frame of a server parts from the one that was expected; `undefined` if it does not. */
export function wrongByteOfFrame(actual: Uint8Array, expected: Uint8Array): WrongByte | undefined {
  const text = Buffer.from(actual).toString("latin1");
  // Where no frame was expected, what came need not be one.
  if (expected.length === 0 && /^[\t\r\n\x20-\x7e]+$/.test(text)) return wrongByteOfText("what came", text, "");
  const index = differenceAt(actual, expected);
  if (index === undefined) return undefined;
  const [came, wanted] = [actual[index], expected[index]];
  const bit = 8 * index + firstDifferentBit(came, wanted);
  const field = fieldAt(wanted === undefined ? actual : expected, bit);
  const wrong: WrongByte = { where: `byte ${index} of the frame`, field: describeField(field, index, actual, expected), actual: came, expected: wanted };
  if (field?.name !== "payload") return wrong;
  const start = field.bit / 8;
  const near = (bytes: Uint8Array): Uint8Array => bytes.subarray(Math.max(start, index - AROUND), index + AROUND);
  return { ...wrong, around: { actual: near(actual), expected: near(expected) }, payload: { index: index - start, expected: expected.subarray(start) } };
}

/** Where a line of text, such as a header, parts from the one that was expected. */
export function wrongByteOfText(name: string, actual: string, expected: string): WrongByte | undefined {
  const [came, wanted] = [Buffer.from(actual, "latin1"), Buffer.from(expected, "latin1")];
  const index = differenceAt(came, wanted);
  if (index === undefined) return undefined;
  const letter = (byte: number | undefined): string => (byte === undefined ? "nothing" : JSON.stringify(String.fromCharCode(byte)));
  return {
    where: `byte ${index} of ${name}`,
    field: `${letter(came[index])}, expected ${letter(wanted[index])}`,
    actual: came[index],
    expected: wanted[index],
  };
}

/** Where what should be the head of a response is none; `undefined` if no single byte is to blame. */
export function wrongByteOfHead(bytes: Uint8Array): WrongByte | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  const [head = ""] = text.split("\r\n\r\n");
  const index = /(?<!\r)\n/.exec(head)?.index;
  if (index !== undefined) {
    return { where: `byte ${index} of the response`, field: "a line ends with a line feed alone", actual: 0x0a, expected: 0x0d };
  }
  return text.startsWith("HTTP/") ? undefined : wrongByteOfText("the response", text.slice(0, 8), "HTTP/1.1");
}

/**
 * Where a text that was printed parts from the one that was expected: of all places in `output` where
 * it could begin, the one that goes well for longest. `undefined` if it begins nowhere.
 */
export function wrongByteOfOutput(output: string, expected: string): WrongByte | undefined {
  let [best, length] = ["", 0];
  // What each server prints at the beginning speaks of WebSockets, too.
  const said = output.replace(/^(Listening on|Upgrading to) .*$/gm, "");
  for (const { index } of said.matchAll(/(?<=^|[ "'])\S/gm)) {
    const rest = said.slice(index, index + expected.length);
    let common = 0;
    while (common < rest.length && rest[common] === expected[common]) common += 1;
    if (common > length) [best, length] = [rest, common];
  }
  if (length === 0) return undefined;
  const [line = ""] = best.slice(length).split(/\r?\n/);
  const latin1 = (text: string): string => Buffer.from(text).toString("latin1");
  return wrongByteOfText("the text that it printed", latin1(best.slice(0, length) + line), latin1(expected));
}

/** The bytes in hex and in bits, one above the other, with the bits that differ marked. */
export function formatWrongByte({ where, field, actual, expected, around }: WrongByte): string {
  const line = (label: string, byte: number | undefined): string =>
    `  ${label.padEnd(9)} ${byte === undefined ? "(nothing)" : `${hexOf(byte)}   ${bitsOf(byte)}`}`;
  const lines = [`The first wrong byte is ${where}: ${field}`, line("came", actual), line("expected", expected)];
  if (actual !== undefined && expected !== undefined) {
    const marks = bitsOf(actual ^ expected).replaceAll("0", " ").replaceAll("1", "^").trimEnd();
    lines.push(`${" ".repeat(17)}${marks}`);
  }
  if (around !== undefined) lines.push(`  around it came ${hex(around.actual)}`, `        expected ${hex(around.expected)}`);
  return lines.join("\n");
}

function differenceAt(actual: Uint8Array, expected: Uint8Array): number | undefined {
  const length = Math.max(actual.length, expected.length);
  for (let i = 0; i < length; i++) if (actual[i] !== expected[i]) return i;
  return undefined;
}

function firstDifferentBit(one: number | undefined, other: number | undefined): number {
  if (one === undefined || other === undefined) return 0;
  return Math.clz32(one ^ other) - 24;
}

function fieldAt(frame: Uint8Array, bit: number): FrameField | undefined {
  return decodeFrame(frame).fields.find((field) => field.bit <= bit && bit < field.bit + field.bits);
}

function describeField(field: FrameField | undefined, index: number, actual: Uint8Array, expected: Uint8Array): string {
  if (field === undefined) return "behind its end";
  if (field.name === "payload") return `byte ${index - field.bit / 8} of the payload`;
  const value = (bytes: Uint8Array): string => {
    const same = decodeFrame(bytes).fields.find(({ name }) => name === field.name);
    if (same === undefined) return "nothing";
    return same.label === undefined ? same.value : `${same.value} (${same.label})`;
  };
  return `${FIELD_NAMES[field.name]}: ${value(actual)}, expected ${value(expected)}`;
}

/** As RFC 6455, section 5.2, writes them. */
const FIELD_NAMES: Record<FrameField["name"], string> = {
  fin: "FIN",
  rsv1: "RSV1",
  rsv2: "RSV2",
  rsv3: "RSV3",
  opcode: "opcode",
  masked: "MASK",
  length: "payload length in bytes",
  mask: "masking key",
  payload: "payload",
};

const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0");
const bitsOf = (byte: number): string => byte.toString(2).padStart(8, "0");
