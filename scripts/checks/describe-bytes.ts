import { decodeFrames, type Frame } from "../wire/decode-frame.ts";
import { hex, readable } from "./bytes.ts";

/** So many frames are described one by one. */
const MOST_FRAMES = 8;
const HEAD_END = "\r\n\r\n";

/**
 * What went over the wire in one direction, for people: the head of the handshake as text, and each
 * frame behind it in hex, with what it says.
 */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return readable(bytes);
  const head = headLength(bytes);
  if (head > 0 && head < bytes.length) {
    return `${readable(bytes.subarray(0, head - HEAD_END.length))}\n\n${describeBytes(bytes.subarray(head))}`;
  }
  return isPrintable(bytes) ? readable(bytes) : describeFrames(bytes);
}

/**
 * The last whole frame in these bytes, field by field on one line: what a server should have read.
 * `undefined` if there is none.
 */
export function describeLastFrame(bytes: Uint8Array): string | undefined {
  let last: Frame | undefined;
  for (const frame of framesBehindHead(bytes)) if (frame.complete) last = frame;
  if (last?.header === undefined) return undefined;
  const { header, payload, payloadLength } = last;
  const parts = [`FIN ${Number(header.fin)}`, `RSV ${header.rsv.toString(2).padStart(3, "0")}`, `opcode ${header.opcode}`, `MASK ${Number(header.masked)}`, `length ${payloadLength}`];
  if (header.mask !== undefined) parts.push(`key ${hex(header.mask)}`);
  if (payload.length > 0) parts.push(`payload ${describePayload(header.opcode, payload)}`);
  return parts.join(" · ");
}

/** What went over the wire in one direction, without the head of the handshake; the last frame may be cut off. */
export function framesBehindHead(bytes: Uint8Array): Generator<Frame, void> {
  return decodeFrames(bytes.subarray(headLength(bytes)));
}

/** How many bytes the head of the handshake has, with its empty line; 0 if there is none, or not all of it. */
function headLength(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString("latin1");
  const isHead = text.startsWith("HTTP/") || /^[A-Z]+ \S+ HTTP\//.test(text);
  const end = text.indexOf(HEAD_END);
  return isHead && end !== -1 ? end + HEAD_END.length : 0;
}

function isPrintable(bytes: Uint8Array): boolean {
  return /^[\t\r\n\x20-\x7e]*$/.test(Buffer.from(bytes).toString("latin1"));
}

function describeFrames(bytes: Uint8Array): string {
  const lines: string[] = [];
  let rest = bytes.length;
  for (const frame of decodeFrames(bytes)) {
    lines.push(`${hex(frame.bytes, 32)}   (${describeFrame(frame)})`);
    rest -= frame.bytes.length;
    if (lines.length === MOST_FRAMES) break;
  }
  if (rest > 0) lines.push(`… and ${rest} bytes more`);
  return lines.join("\n");
}

function describeFrame({ header, fields, payload, payloadLength, complete }: Frame): string {
  const opcode = fields.find(({ name }) => name === "opcode");
  const name = opcode?.label === "reserved" ? `reserved opcode ${opcode.value}` : (opcode?.label ?? "no frame");
  const notes = [name];
  if (header?.fin === false) notes.push("FIN 0");
  for (const [i, bit] of [4, 2, 1].entries()) if (header !== undefined && (header.rsv & bit) !== 0) notes.push(`RSV${i + 1}`);
  if (header?.masked) notes.push("masked");
  if (payloadLength === undefined) return [...notes, "cut off in the header"].join(", ");
  notes.push(`${payloadLength} ${payloadLength === 1n ? "byte" : "bytes"}`);
  if (!complete) notes.push(`of which ${payload.length} are here`);
  const says = payload.length === 0 || header?.rsv ? "" : `: ${describePayload(header?.opcode ?? 0, payload)}`;
  return `${notes.join(", ")}${says}`;
}

function describePayload(opcode: number, payload: Uint8Array): string {
  if (opcode === 8 && payload.length >= 2) {
    const code = (payload[0]! << 8) | payload[1]!;
    const reason = payload.subarray(2);
    return `code ${code}${reason.length > 0 ? ` ${quote(reason)}` : ""}`;
  }
  return opcode === 2 ? hex(payload, 16) : quote(payload);
}

/** Text in quotes; what is none as hex. */
function quote(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  } catch {
    return hex(bytes, 16);
  }
}
