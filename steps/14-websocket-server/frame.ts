import { CloseCode, isControl, isKnownOpcode } from "./constants.ts";
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
  /** The four bytes of the masking key, if the payload is masked. */
  key: Buffer | undefined;
};

/** How many bytes a header has, which its second byte tells: 2 to 14. */
export function headerLength(second: number): number {
  const masked = (second & 0b1000_0000) !== 0;
  const length = second & 0b0111_1111;
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
  return 2 + extended + (masked ? 4 : 0);
}

/** Reads a header; `bytes` must hold all of it. Throws a `ProtocolError` if its length is malformed. */
export function decodeHeader(bytes: Buffer): FrameHeader {
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  const masked = (second & 0b1000_0000) !== 0;
  const end = headerLength(second);
  return {
    fin: (first & 0b1000_0000) !== 0,
    rsv: (first & 0b0111_0000) >> 4,
    opcode: first & 0b0000_1111,
    length: decodeLength(bytes),
    key: masked ? Buffer.from(bytes.subarray(end - 4, end)) : undefined,
  };
}

function decodeLength(bytes: Buffer): number {
  const length = bytes.readUInt8(1) & 0b0111_1111;
  if (length === 126) return atLeast(126, bytes.readUInt16BE(2));
  if (length < 126) return length;

  const long = bytes.readBigUInt64BE(2);
  if (long >= 2n ** 63n) throw new ProtocolError(CloseCode.ProtocolError, "The top bit of a length is set");
  // A number counts exactly up to 2^53 and is rounded from there on, far beyond any limit of ours.
  return atLeast(65536, Number(long));
}

/** A length must be written in the shortest of the three forms that can hold it. */
function atLeast(minimum: number, length: number): number {
  if (length >= minimum) return length;
  throw new ProtocolError(CloseCode.ProtocolError, `A length of ${length} is written longer than needed`);
}

/**
 * Throws a `ProtocolError` if a client must not send a frame with this header, wherever it comes.
 * RFC 6455, sections 5.1, 5.2 and 5.5.
 */
export function checkHeader(header: FrameHeader): void {
  const refuse = (message: string): never => {
    throw new ProtocolError(CloseCode.ProtocolError, message);
  };
  if (header.rsv !== 0) refuse("A reserved bit is set");
  if (!isKnownOpcode(header.opcode)) refuse(`Opcode ${header.opcode} is reserved`);
  if (header.key === undefined) refuse("A client's frame must be masked");
  if (!isControl(header.opcode)) return;
  if (!header.fin) refuse("A control frame must not be fragmented");
  if (header.length > 125) refuse("A control frame has at most 125 bytes");
}

/** Writes a frame as a server sends it: without a mask. `fin` says whether it ends its message. */
export function encodeFrame(opcode: number, payload: Buffer, fin = true): Buffer {
  return Buffer.concat([encodeHeader(opcode, payload.length, fin), payload]);
}

function encodeHeader(opcode: number, length: number, fin: boolean): Buffer {
  const first = (fin ? 0b1000_0000 : 0) | opcode;
  if (length <= 125) return Buffer.from([first, length]);

  if (length <= 0xffff) {
    const header = Buffer.from([first, 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }

  const header = Buffer.from([first, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/**
 * XORs each byte with one of the key's four, in turn, in place. `phase` says how many bytes of the
 * same payload came before these. RFC 6455, section 5.3.
 */
export function unmask(payload: Buffer, key: Buffer, phase: number): void {
  for (let i = 0; i < payload.length; i++) {
    payload.writeUInt8(payload.readUInt8(i) ^ key.readUInt8((phase + i) % 4), i);
  }
}
