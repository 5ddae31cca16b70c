/** What stands in front of a frame's payload. RFC 6455, section 5.2. */
export type FrameHeader = {
  /** Whether this is the last frame of its message. */
  fin: boolean;
  /** What the frame is: 1 for text, 8 for close, and so on. */
  opcode: number;
  /** The payload's length in bytes. */
  length: number;
  /** The four bytes of the masking key. */
  key: Buffer;
};

/** One WebSocket frame. */
export type Frame = {
  header: FrameHeader;
  /** The payload, unmasked. */
  payload: Buffer;
};

/** Two bytes and the masking key. A header can be longer, which is step 07's subject. */
const HEADER_LENGTH = 6;

/** Reads a header; `bytes` must hold all of it. */
export function decodeHeader(bytes: Buffer): FrameHeader {
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  return {
    fin: (first & 0b1000_0000) !== 0,
    opcode: first & 0b0000_1111,
    length: second & 0b0111_1111,
    key: bytes.subarray(2, HEADER_LENGTH),
  };
}

/**
 * Reads the frame at the start of `bytes`. Returns `undefined` if it is not all there, or if its
 * length is 126 or 127: these two are no lengths, as step 07 will show.
 */
export function decodeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;

  const header = decodeHeader(bytes);
  const end = HEADER_LENGTH + header.length;
  if (header.length > 125 || bytes.length < end) return undefined;

  return { header, payload: unmask(bytes.subarray(HEADER_LENGTH, end), header.key) };
}

/**
 * Writes a frame as a server sends it: in one piece, and without a mask.
 * Throws a `RangeError` if the payload has more than 125 bytes.
 */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([encodeHeader(opcode, payload.length), payload]);
}

function encodeHeader(opcode: number, length: number): Buffer {
  if (length > 125) throw new RangeError("A payload of more than 125 bytes");
  return Buffer.from([0b1000_0000 | opcode, length]);
}

/** XORs each byte with one of the key's four, in turn. RFC 6455, section 5.3. */
function unmask(payload: Buffer, key: Buffer): Buffer {
  const result = Buffer.alloc(payload.length);
  for (let i = 0; i < payload.length; i++) {
    result.writeUInt8(payload.readUInt8(i) ^ key.readUInt8(i % 4), i);
  }
  return result;
}
