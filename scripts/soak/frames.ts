import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

/**
 * Frames as a load generator needs them: cheap, and able to be wrong. `scripts/wire/` can say more of
 * a frame, but takes three times as long for a small one, and then we would measure ourselves.
 */

export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

export interface FrameOptions {
  fin?: boolean;
  /** The payload is compressed. */
  rsv1?: boolean;
}

/** One mask for all frames: a client would have to draw a new one for each, but here nothing is secret. */
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

/** A client's frame. */
export function encodeFrame(opcode: number, payload: Buffer, { fin = true, rsv1 = false }: FrameOptions = {}): Buffer {
  const length = payload.length;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + extended + 4 + length);
  frame[0] = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  const start = 2 + extended + 4;
  frame.set(MASK, start - 4);
  for (let i = 0; i < length; i++) frame[start + i] = (payload[i] as number) ^ (MASK[i & 3] as number);
  return frame;
}

export function encodeClose(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return encodeFrame(Opcode.Close, payload);
}

export interface Frame {
  opcode: number;
  fin: boolean;
  rsv1: boolean;
  payload: Buffer;
}

/** Cuts a server's bytes into frames. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  #needed = 2;

  /** Whether nothing of the next frame has come yet. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  *push(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      const header = readHeader(bytes);
      this.#needed = header === undefined ? bytes.length + 1 : header.end;
      if (header === undefined || bytes.length < header.end) break;
      const { opcode, fin, rsv1, start, end } = header;
      yield { opcode, fin, rsv1, payload: bytes.subarray(start, end) };
      bytes = bytes.subarray(end);
    }
    this.#chunks = bytes.length > 0 ? [bytes] : [];
    this.#length = bytes.length;
  }
}

function readHeader(bytes: Buffer) {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < start) return undefined;
  const length = start === 2 ? short : start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return {
    opcode: first & 0x0f,
    fin: (first & 0x80) !== 0,
    rsv1: (first & 0x40) !== 0,
    start,
    end: start + length,
  };
}

const EMPTY_BLOCK = Buffer.from([0, 0, 0xff, 0xff]);

/** A message's payload as permessage-deflate sends it. RFC 7692, section 7.2.1. */
export function deflate(payload: Buffer): Buffer {
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -EMPTY_BLOCK.length);
}

/** What {@link deflate} made, without context takeover. Throws if it is no such thing. */
export function inflate(payload: Buffer): Buffer {
  return inflateRawSync(Buffer.concat([payload, EMPTY_BLOCK]), { finishFlush: constants.Z_SYNC_FLUSH });
}
