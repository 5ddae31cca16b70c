/** What stands in front of a frame's payload. RFC 6455, section 5.2. */
export type FrameHeader = {
  /** Whether this is the last frame of its message. */
  fin: boolean;
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

/** Reads a header; `bytes` must hold all of it. */
export function decodeHeader(bytes: Buffer): FrameHeader {
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  const masked = (second & 0b1000_0000) !== 0;
  const end = headerLength(second);
  return {
    fin: (first & 0b1000_0000) !== 0,
    opcode: first & 0b0000_1111,
    length: decodeLength(bytes),
    key: masked ? Buffer.from(bytes.subarray(end - 4, end)) : undefined,
  };
}

function decodeLength(bytes: Buffer): number {
  const length = bytes.readUInt8(1) & 0b0111_1111;
  if (length === 126) return bytes.readUInt16BE(2);
  if (length < 126) return length;

  // A number counts exactly up to 2^53 and is rounded from there on, and no memory holds so much.
  return Number(bytes.readBigUInt64BE(2));
}

/** Writes a frame as a server sends it: in one piece, and without a mask. */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([encodeHeader(opcode, payload.length), payload]);
}

function encodeHeader(opcode: number, length: number): Buffer {
  const first = 0b1000_0000 | opcode;
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
