import { markAsUntransferable } from "node:worker_threads";
import { Opcode } from "./constants.ts";
import { copyOf, sliceOf } from "./data.ts";
import { decodeHeader, firstByte, headerLength, MAX_HEADER_LENGTH, type FrameHeader } from "./frame.ts";
import { readKey, xorMask } from "./mask.ts";

/** What the parser finds, in the order of the bytes. */
export type FrameSink = {
  /** A header is complete. */
  onHeader(header: FrameHeader): void;
  /**
   * The next part of the payload, unmasked, which may be kept. An empty payload has no part. With
   * `isAscii` it surely is that; without, it may be.
   */
  onPayload(header: FrameHeader, part: Buffer, isAscii: boolean): void;
  /** The payload is complete. */
  onFrameEnd(header: FrameHeader): void;
  /** Whether an uncompressed message of so many bytes, in one masked frame, may come now; without it, none may. */
  takesWhole?(length: number): boolean;
  /** Such a message, instead of the three above. Both of these are there, or none. */
  onWhole?(payload: Buffer, isBinary: boolean, isAscii: boolean): void;
};

/** The first bytes of such messages. */
const TEXT = firstByte(Opcode.Text);
const BINARY = firstByte(Opcode.Binary);
/** How many bytes they have at least. */
const SHORTEST = 7;

/** A part of fewer bytes than `SHORT` shall not keep a chunk alive that has `LARGE_CHUNK` or more, as over TLS. */
const SHORT = 512;
const LARGE_CHUNK = 16 * 1024;

/**
 * Finds the frames in a stream of bytes, wherever it is cut into chunks. Between two chunks it keeps
 * one header, complete or not, and a count, but no payload.
 */
export class FrameParser {
  /** The bytes of a header that is cut: most are not. */
  #headerBytes: Buffer | undefined;
  /** How many bytes of it are there. */
  #headerFilled = 0;
  /** The frame that we are in, once its header is complete. */
  #header: FrameHeader | undefined;
  /** How many bytes of its payload we have seen. */
  #payloadSeen = 0;
  /** How many bytes of the chunk lie behind the frame that we look at. */
  #behind = 0;
  #stopped = false;
  #paused = false;

  /** At the end of a frame, or with a whole message: whether the chunk holds more. */
  get hasMore(): boolean {
    return this.#behind > 0;
  }

  /**
   * Takes the next chunk of the stream. It unmasks the payload in place: the chunk is ours now. Returns
   * how many bytes it has taken: fewer than there are, if `pause` or `stop` was called meanwhile.
   */
  push(chunk: Buffer, sink: FrameSink): number {
    const isLarge = chunk.buffer.byteLength >= LARGE_CHUNK;
    // Who sends one message to a worker shall not take away those behind it.
    markAsUntransferable(chunk.buffer);
    let position = 0;
    while (position < chunk.length && !this.#stopped && !this.#paused) {
      if (this.#header !== undefined) position = this.#readPayload(chunk, position, this.#header, isLarge, sink);
      else if (this.#headerFilled > 0) position = this.#readCutHeader(chunk, position, sink);
      else position = this.#readMessage(chunk, position, isLarge, sink) ?? this.#readHeader(chunk, position, sink);
    }
    return position;
  }

  /** Nothing that comes from now on is looked at, the rest of the current chunk included. */
  stop(): void {
    this.#stopped = true;
  }

  /** Nothing is taken until `resume`, not even the rest of the current chunk. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /**
   * Reads what comes most often, a message in one frame that is all there, and returns where it ends;
   * `undefined` if it is anything else. The header is read right here: calls would cost as much as the work.
   */
  #readMessage(chunk: Buffer, start: number, isLarge: boolean, sink: FrameSink): number | undefined {
    const first = chunk[start];
    if ((first !== TEXT && first !== BINARY) || start + SHORTEST > chunk.length) return undefined;
    const second = chunk[start + 1] as number;
    const isShort = second < 0x80 + 126;
    const length = isShort ? second - 0x80 : chunk.readUInt16BE(start + 2);
    const payloadStart = start + (isShort ? 6 : 8);
    const end = payloadStart + length;
    // 0xff stands for a length of eight bytes. Without a mask, a length is negative now; and 126 bytes are
    // the fewest for the longer form.
    if (second === 0xff || length < (isShort ? 1 : 126) || end > chunk.length) return undefined;
    if (!sink.takesWhole?.(length)) return undefined;

    const isAscii = xorMask(chunk, readKey(chunk, payloadStart - 4), 0, payloadStart, end);
    const payload = sliceOf(chunk, payloadStart, end);
    this.#behind = chunk.length - end;
    sink.onWhole?.(isLarge && length < SHORT ? copyOf(payload) : payload, first === BINARY, isAscii);
    return end;
  }

  /** Reads a header where it lies, if all of it is there, and returns where it ends. */
  #readHeader(chunk: Buffer, start: number, sink: FrameSink): number {
    // Without a second byte, this end is beyond the chunk, too.
    const end = start + headerLength(chunk[start + 1] ?? 0);
    if (end > chunk.length) return this.#readCutHeader(chunk, start, sink);
    this.#behind = chunk.length - end;
    this.#beginFrame(decodeHeader(chunk, start), sink);
    return end;
  }

  /** Takes what belongs to the header, and returns where that ends. */
  #readCutHeader(chunk: Buffer, start: number, sink: FrameSink): number {
    const bytes = (this.#headerBytes ??= Buffer.alloc(MAX_HEADER_LENGTH));
    // The second byte tells how long the header is.
    const wanted = this.#headerFilled < 2 ? 2 : headerLength(bytes.readUInt8(1));
    const taken = chunk.copy(bytes, this.#headerFilled, start, start + wanted - this.#headerFilled);
    this.#headerFilled += taken;
    this.#behind = chunk.length - start - taken;

    if (this.#headerFilled >= 2 && this.#headerFilled === headerLength(bytes.readUInt8(1))) {
      this.#headerFilled = 0;
      this.#beginFrame(decodeHeader(bytes, 0), sink);
    }
    return start + taken;
  }

  #beginFrame(header: FrameHeader, sink: FrameSink): void {
    this.#header = header;
    this.#payloadSeen = 0;
    sink.onHeader(header);
    if (header.length === 0) this.#endFrame(header, sink);
  }

  /** Takes what belongs to the payload, and returns where that ends. */
  #readPayload(chunk: Buffer, start: number, header: FrameHeader, isLarge: boolean, sink: FrameSink): number {
    const end = Math.min(chunk.length, start + header.length - this.#payloadSeen);
    const isAscii = header.key !== undefined && xorMask(chunk, header.key, this.#payloadSeen, start, end);
    this.#payloadSeen += end - start;
    this.#behind = chunk.length - end;

    const part = sliceOf(chunk, start, end);
    sink.onPayload(header, isLarge && part.length < SHORT ? copyOf(part) : part, isAscii);
    if (this.#payloadSeen === header.length) this.#endFrame(header, sink);
    return end;
  }

  #endFrame(header: FrameHeader, sink: FrameSink): void {
    this.#header = undefined;
    sink.onFrameEnd(header);
  }
}
