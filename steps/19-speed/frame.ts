import { CloseCode, isControl, isKnownOpcode, Opcode, Rsv } from "./constants.ts";
import { readKey, xorMask } from "./mask.ts";
import { ProtocolError } from "./protocol-error.ts";

/** What stands in front of a frame's payload. RFC 6455, section 5.2. */
export type FrameHeader = {
  /** Whether this is the last frame of its message. */
  fin: boolean;
  /** The three reserved bits, which only an extension may set. */
  rsv: number;
  /** What the frame is: 1 for text, 8 for close, and so on. */
  opcode: number;
  /** The payload's length in bytes. */
  length: number;
  /** The four bytes of the masking key as a number, the first one lowest, if the payload is masked. */
  key: number | undefined;
};

/** The longest header: two bytes, eight of length, four of key. */
export const MAX_HEADER_LENGTH = 14;

/** How many bytes a header has, which its second byte tells: 2 to 14. */
export function headerLength(second: number): number {
  const masked = (second & 0b1000_0000) !== 0;
  const length = second & 0b0111_1111;
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
  return 2 + extended + (masked ? 4 : 0);
}

/** Reads the header at `start`; all of it must be there. Throws a `ProtocolError` if its length is malformed. */
export function decodeHeader(bytes: Buffer, start: number): FrameHeader {
  const first = bytes[start] as number;
  const second = bytes[start + 1] as number;
  const masked = (second & 0b1000_0000) !== 0;
  const end = start + headerLength(second);
  return {
    fin: (first & 0b1000_0000) !== 0,
    rsv: (first & 0b0111_0000) >> 4,
    opcode: first & 0b0000_1111,
    length: decodeLength(bytes, start, second & 0b0111_1111),
    key: masked ? readKey(bytes, end - 4) : undefined,
  };
}

function decodeLength(bytes: Buffer, start: number, length: number): number {
  if (length === 126) return atLeast(126, bytes.readUInt16BE(start + 2));
  if (length < 126) return length;

  const long = bytes.readBigUInt64BE(start + 2);
  if (long >= 2n ** 63n) throw new ProtocolError(CloseCode.ProtocolError, "The top bit of a length is set");
  // A number counts exactly up to 2^53 and is rounded from there on, far beyond any limit of ours.
  return atLeast(65536, Number(long));
}

/** A length must be written in the shortest of the three forms that can hold it. */
function atLeast(minimum: number, length: number): number {
  if (length >= minimum) return length;
  throw new ProtocolError(CloseCode.ProtocolError, `A length of ${length} is written longer than needed`);
}

/** Which end of the connection we are. */
export type Role = "client" | "server";

/**
 * Throws a `ProtocolError` if nobody may send us a frame with this header, wherever it comes. `role`
 * is ours. With `mayCompress`, a message may begin with RSV1. RFC 6455, sections 5.1, 5.2 and 5.5.
 */
export function checkHeader(header: FrameHeader, role: Role = "server", mayCompress = false): void {
  const beginsMessage = header.opcode === Opcode.Text || header.opcode === Opcode.Binary;
  const isAllowed = header.rsv === Rsv.Compressed && mayCompress && beginsMessage;
  if (header.rsv !== 0 && !isAllowed) refuse("A reserved bit is set");
  if (!isKnownOpcode(header.opcode)) refuse(`Opcode ${header.opcode} is reserved`);
  if (role === "server" && header.key === undefined) refuse("A client's frame must be masked");
  if (role === "client" && header.key !== undefined) refuse("A server's frame must not be masked");
  if (!isControl(header.opcode)) return;
  if (!header.fin) refuse("A control frame must not be fragmented");
  if (header.length > 125) refuse("A control frame has at most 125 bytes");
}

function refuse(message: string): never {
  throw new ProtocolError(CloseCode.ProtocolError, message);
}

/** The first byte of a frame: FIN, the reserved bits, the opcode. */
export function firstByte(opcode: number, fin = true, rsv = 0): number {
  return (fin ? 0b1000_0000 : 0) | (rsv << 4) | opcode;
}

/** How many bytes a frame has, with a payload of `length` bytes. */
export function frameLength(length: number, masked: boolean): number {
  return headerLength((masked ? 0b1000_0000 : 0) | shortLength(length)) + length;
}

/**
 * Writes a frame. A client's is masked with `key`, a server's has none. `fin` says whether it ends its
 * message.
 */
export function encodeFrame(opcode: number, payload: Buffer, fin = true, key?: number, rsv = 0): Buffer {
  const bytes = Buffer.allocUnsafe(frameLength(payload.length, key !== undefined));
  writeFrame(bytes, 0, firstByte(opcode, fin, rsv), payload, key);
  return bytes;
}

/** Writes a frame at `start`, and returns where it ends. */
export function writeFrame(target: Buffer, start: number, first: number, payload: Buffer, key?: number): number {
  const payloadStart = writeHeader(target, start, first, payload.length, key);
  const end = payloadStart + payload.length;
  target.set(payload, payloadStart);
  // The copy: the payload itself is the application's own.
  if (key !== undefined) xorMask(target, key, 0, payloadStart, end);
  return end;
}

/** Writes a header at `start`, and returns where it ends. */
export function writeHeader(target: Buffer, start: number, first: number, length: number, key?: number): number {
  const short = shortLength(length);
  target[start] = first;
  target[start + 1] = (key === undefined ? 0 : 0b1000_0000) | short;
  let end = start + 2;
  if (short === 126) end = target.writeUInt16BE(length, end);
  if (short === 127) end = target.writeBigUInt64BE(BigInt(length), end);
  return key === undefined ? end : target.writeInt32LE(key, end);
}

/** The length in a header's second byte: 126 and 127 say that it stands behind. */
function shortLength(length: number): number {
  return length <= 125 ? length : length <= 0xffff ? 126 : 127;
}
