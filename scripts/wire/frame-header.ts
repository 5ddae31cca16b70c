/** The header of a frame in numbers, as a receiver reads it. RFC 6455, section 5.2. */
export interface FrameHeader {
  fin: boolean;
  /** RSV1 to RSV3, as a number from 0 to 7. */
  rsv: number;
  opcode: number;
  /** From here on, `undefined` while its bytes are not there. */
  masked: boolean | undefined;
  /** The 7 bits of the second byte. */
  shortLength: number | undefined;
  /** How many bytes the header has. */
  headerLength: number | undefined;
  /** How many bytes the payload has. */
  payloadLength: bigint | undefined;
  /** A view into the bytes. */
  mask: Uint8Array | undefined;
}

/** Reads a header as far as it is there; `undefined` if there is not one byte. */
export function readHeader(bytes: Uint8Array): FrameHeader | undefined {
  const [first, second] = bytes;
  if (first === undefined) return undefined;
  // One object, filled in place: of a flood of frames, every one comes through here.
  const header: FrameHeader = {
    fin: first >> 7 === 1,
    rsv: (first >> 4) & 7,
    opcode: first & 15,
    masked: undefined,
    shortLength: undefined,
    headerLength: undefined,
    payloadLength: undefined,
    mask: undefined,
  };
  if (second === undefined) return header;
  const short = second & 127;
  const maskStart = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0);
  const masked = second >> 7 === 1;
  const headerLength = maskStart + (masked ? 4 : 0);
  header.masked = masked;
  header.shortLength = short;
  header.headerLength = headerLength;
  if (maskStart === 2) header.payloadLength = BigInt(short);
  else if (bytes.length >= maskStart) header.payloadLength = readLength(bytes.subarray(2, maskStart));
  if (masked && bytes.length >= headerLength) header.mask = bytes.subarray(maskStart, headerLength);
  return header;
}

const TOP_BIT = 2n ** 63n;

/** Whether no frame may be as long as that: the top bit of the 64 is 0. */
export function isImpossible(length: bigint | undefined): boolean {
  return length !== undefined && length >= TOP_BIT;
}

/** Whether the payload is compressed: RSV1 says so on a message's first frame, if permessage-deflate was agreed on. */
export function isCompressed(header: FrameHeader | undefined, extensions: readonly string[] = []): boolean {
  if (!header || !extensions.includes("permessage-deflate")) return false;
  return header.rsv === 4 && (header.opcode === 1 || header.opcode === 2);
}

function readLength(bytes: Uint8Array): bigint {
  let length = 0n;
  for (const byte of bytes) length = length * 256n + BigInt(byte);
  return length;
}
