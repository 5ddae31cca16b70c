import { OPCODES, toHex, type Frame } from "../../scripts/wire/decode-frame.ts";
import { isValidCloseCode } from "../../scripts/wire/judge.ts";
import { quoteText } from "./frame-text.ts";

/** A row of the table of a frame's fields. */
export interface FieldRow {
  /** What is lit up together: one name in hex, bits, table and payload. */
  field: string;
  name: string;
  /** The bits, or the bytes in hex, as they were sent. */
  sent: string;
  value: string;
  /** What the bytes say, in quotes; it takes the place of the value. */
  text?: string | undefined;
  /** What it means, in a short phrase. */
  meaning: string;
}

export interface FieldOptions {
  from?: "client" | "server" | undefined;
  /** The payload is compressed by permessage-deflate. */
  compressed: boolean;
  /** How many bytes the frame has, of which `frame` may be the beginning. */
  size: number;
}

const CLOSE_CODES: Partial<Record<number, string>> = {
  1000: "normal: the purpose is fulfilled",
  1001: "going away",
  1002: "protocol error",
  1003: "a kind of data that cannot be taken",
  1005: "reserved: it must not be sent",
  1006: "reserved: it must not be sent",
  1007: "the payload was invalid, such as text that is not UTF-8",
  1008: "against a policy",
  1009: "the message is too big",
  1010: "the server lacks an extension",
  1011: "an internal error",
  1012: "the service restarts",
  1013: "try again later",
  1014: "a bad gateway",
  1015: "reserved: it must not be sent",
};

/** The fields of a frame that are there, in words; what is missing has a row that says so. */
export function fieldRows(frame: Frame, options: FieldOptions): FieldRow[] {
  const [first, second] = frame.bytes;
  if (first === undefined) return [];
  const rows = [finRow(first), rsvRow(first, options.compressed), opcodeRow(first)];
  if (second === undefined) return [...rows, missing("mask length", "MASK, length", "the second byte is not here")];
  rows.push(maskRow(second, options.from), ...lengthRows(frame, second));
  if (frame.payloadLength === undefined || frame.headerLength === undefined) return rows;
  if (second >> 7 === 1) rows.push(keyRow(frame, frame.headerLength));
  return [...rows, ...payloadRows(frame, first & 15, options)];
}

function finRow(first: number): FieldRow {
  const fin = first >> 7;
  const opcode = first & 15;
  const sent = String(fin);
  return { field: "fin", name: "FIN", sent, value: sent, meaning: finMeaning(fin === 1, opcode) };
}

function finMeaning(fin: boolean, opcode: number): string {
  if (opcode >= 8) return fin ? "control frames come in one piece" : "a control frame must not be split";
  if (!fin) return "more frames of this message follow";
  return opcode === 0 ? "the last frame of its message" : "the whole message is in this frame";
}

function rsvRow(first: number, compressed: boolean): FieldRow {
  const rsv = (first >> 4) & 7;
  const meaning = compressed
    ? "RSV1: compressed by permessage-deflate"
    : rsv === 0
      ? "reserved for extensions, none used"
      : "only an agreed extension may set them";
  return { field: "rsv", name: "RSV1–3", sent: rsv.toString(2).padStart(3, "0"), value: String(rsv), meaning };
}

const OPCODE_MEANINGS: Partial<Record<number, string>> = {
  0: "continuation: goes on with the message that has begun",
  1: "text: the payload is UTF-8",
  2: "binary: the payload is any bytes",
  8: "close: the sender will send nothing more",
  9: "ping: wants a pong with the same payload",
  10: "pong: answers a ping",
};

function opcodeRow(first: number): FieldRow {
  const opcode = first & 15;
  const kind = opcode < 8 ? "data" : "control";
  const meaning = OPCODE_MEANINGS[opcode] ?? `reserved for ${kind} frames of the future`;
  return { field: "opcode", name: "opcode", sent: opcode.toString(2).padStart(4, "0"), value: String(opcode), meaning };
}

function maskRow(second: number, from: FieldOptions["from"]): FieldRow {
  const masked = second >> 7 === 1;
  const meaning = masked
    ? from === "server"
      ? "masked, which a server must not do"
      : "masked, as a client must: the key follows"
    : from === "client"
      ? "no key, though a client must mask"
      : "no key: a server's frame";
  const sent = masked ? "1" : "0";
  return { field: "mask", name: "MASK", sent, value: sent, meaning };
}

function lengthRows({ bytes, payloadLength }: Frame, second: number): FieldRow[] {
  const short = second & 127;
  const sent = short.toString(2).padStart(7, "0");
  const row = { field: "length", name: "length", sent, value: String(short) };
  if (short <= 125) return [{ ...row, meaning: `${plural(short, "byte")} of payload` }];
  const long = short === 126 ? 2 : 8;
  const rows = [{ ...row, meaning: `the real length is in the next ${8 * long} bits` }];
  const name = `length, ${8 * long} bits`;
  if (payloadLength === undefined) {
    return [...rows, missing("long", name, `${plural(2 + long - bytes.length, "byte")} of it not here`)];
  }
  const meaning = payloadLength >= 2n ** 63n ? "the top bit is set, which no length may have" : "bytes of payload, the highest byte first";
  return [...rows, { field: "long", name, sent: toHex(bytes.subarray(2, 2 + long)), value: grouped(payloadLength), meaning }];
}

function keyRow({ bytes }: Frame, headerLength: number): FieldRow {
  if (bytes.length < headerLength) {
    return missing("key", "masking key", `${plural(headerLength - bytes.length, "byte")} of it not here`);
  }
  const sent = toHex(bytes.subarray(headerLength - 4, headerLength));
  return { field: "key", name: "masking key", sent, value: "", meaning: "XORed with the payload, byte by byte" };
}

function payloadRows(frame: Frame, opcode: number, options: FieldOptions): FieldRow[] {
  const { bytes, payload, payloadLength = 0n, headerLength = 2 } = frame;
  if (payloadLength === 0n) return opcode === 8 ? [missing("payload", "payload", "empty: no close code")] : [];
  if (bytes.length < headerLength || payload.length === 0) {
    return [missing("payload", "payload", `${plural(payloadLength, "byte")}, not here`)];
  }
  const sent = bytes.subarray(headerLength);
  const unseen = payloadLength - BigInt(payload.length);
  const here = BigInt(Math.max(options.size - headerLength, payload.length));
  const rest = here >= payloadLength ? "" : `, ${grouped(payloadLength - here)} of them not here`;
  const count = `${plural(payloadLength, "byte")}${rest}`;
  if (opcode === 8 && !options.compressed) return closeRows(sent, payload, unseen > 0n, count);
  const isPart = isPartOfText(frame);
  const value = payloadValue(payload, opcode, options.compressed, isPart, count);
  return [{ field: "payload", name: "payload", sent: shortHex(sent), ...value }];
}

function payloadValue(payload: Uint8Array, opcode: number, compressed: boolean, isPart: boolean, count: string): Pick<FieldRow, "value" | "text" | "meaning"> {
  if (compressed) return { value: "", meaning: `${count}, compressed` };
  if (opcode === 2) return { value: "", meaning: `${count}, for the application to read` };
  const text = quoteText(payload, { isPart });
  if (text !== undefined) return { value: "", text, meaning: count };
  return { value: "", meaning: opcode === 1 ? `${count}, not UTF-8` : count };
}

function closeRows(sent: Uint8Array, payload: Uint8Array, isPart: boolean, count: string): FieldRow[] {
  const [high = 0, low] = payload;
  const name = "close code";
  if (low === undefined) {
    return [{ field: "code", name, sent: toHex(sent), value: "", meaning: `half a code: it has two bytes, and the payload ${count}` }];
  }
  const code = high * 256 + low;
  const rows = [{ field: "code", name, sent: toHex(sent.subarray(0, 2)), value: String(code), meaning: closeMeaning(code) }];
  if (payload.length === 2) return rows;
  const text = quoteText(payload.subarray(2), { isPart });
  const size = plural(payload.length - 2, "byte");
  const meaning = text === undefined ? `${size}, not UTF-8` : size;
  return [...rows, { field: "reason", name: "reason", sent: shortHex(sent.subarray(2)), value: "", text, meaning }];
}

/** Whether a character may be cut at an edge of the payload: in a fragment, or where bytes are missing. */
export function isPartOfText({ bytes, complete }: Frame): boolean {
  const [first = 0] = bytes;
  return !complete || first < 128 || (first & 15) === 0;
}

/** What a close code says, in a short phrase. */
export function closeMeaning(code: number): string {
  const known = CLOSE_CODES[code];
  if (known !== undefined) return known;
  if (!isValidCloseCode(code)) return "no code that may be sent";
  return code < 4000 ? "for libraries and frameworks" : "the application's own";
}

/** `text`, or `reserved 3`. */
export function opcodeName(opcode: number): string {
  return OPCODES[opcode] ?? `reserved ${opcode}`;
}

function missing(field: string, name: string, meaning: string): FieldRow {
  return { field, name, sent: "", value: "", meaning };
}

function shortHex(bytes: Uint8Array): string {
  return bytes.length <= 6 ? toHex(bytes) : `${toHex(bytes.subarray(0, 5))} …`;
}

export function grouped(number: number | bigint): string {
  return number.toLocaleString("en");
}

export function plural(count: number | bigint, noun: string): string {
  return `${grouped(count)} ${noun}${BigInt(count) === 1n ? "" : "s"}`;
}
