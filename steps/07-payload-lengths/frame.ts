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

/** One WebSocket frame. */
export type Frame = {
  header: FrameHeader;
  /** The payload, unmasked. */
  payload: Buffer;
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
    key: masked ? bytes.subarray(end - 4, end) : undefined,
  };
}

function decodeLength(bytes: Buffer): number {
  const length = bytes.readUInt8(1) & 0b0111_1111;
  if (length === 126) return bytes.readUInt16BE(2);
  if (length < 126) return length;

  // A number counts exactly up to 2^53 and is rounded from there on, and no memory holds so much.
  return Number(bytes.readBigUInt64BE(2));
}

/** Reads the frame at the start of `bytes`, or returns `undefined` if it is not all there. */
export function decodeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const start = headerLength(bytes.readUInt8(1));
  if (bytes.length < start) return undefined;

  const header = decodeHeader(bytes);
  const end = start + header.length;
  if (bytes.length < end) return undefined;

  const payload = bytes.subarray(start, end);
  return { header, payload: header.key === undefined ? payload : unmask(payload, header.key) };
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

/** XORs each byte with one of the key's four, in turn. RFC 6455, section 5.3. */
function unmask(payload: Buffer, key: Buffer): Buffer {
  const result = Buffer.alloc(payload.length);
  for (let i = 0; i < payload.length; i++) {
    result.writeUInt8(payload.readUInt8(i) ^ key.readUInt8(i % 4), i);
  }
  return result;
}
