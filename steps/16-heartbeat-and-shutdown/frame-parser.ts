import { decodeHeader, headerLength, unmask, type FrameHeader } from "./frame.ts";

/** What the parser finds, in the order of the bytes. */
export type FrameSink = {
  /** A header is complete. */
  onHeader(header: FrameHeader): void;
  /** The next part of the payload, unmasked. An empty payload has no part. */
  onPayload(header: FrameHeader, part: Buffer): void;
  /** The payload is complete. */
  onFrameEnd(header: FrameHeader): void;
};

const MAX_HEADER_LENGTH = 14;

/**
 * Finds the frames in a stream of bytes, wherever it is cut into chunks. Between two chunks it keeps
 * one header, complete or not, and a count, but no payload.
 */
export class FrameParser {
  #headerBytes = Buffer.alloc(MAX_HEADER_LENGTH);
  /** How many bytes of the next header are there. */
  #headerFilled = 0;
  /** The frame that we are in, once its header is complete. */
  #header: FrameHeader | undefined;
  /** How many bytes of its payload we have seen. */
  #payloadSeen = 0;
  #stopped = false;

  /** Takes the next chunk of the stream. It unmasks the payload in place: the chunk is ours now. */
  push(chunk: Buffer, sink: FrameSink): void {
    let position = 0;
    while (position < chunk.length && !this.#stopped) {
      position +=
        this.#header === undefined
          ? this.#pushHeader(chunk.subarray(position), sink)
          : this.#pushPayload(chunk.subarray(position), this.#header, sink);
    }
  }

  /** Nothing that comes from now on is looked at, the rest of the current chunk included. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes what belongs to the header, and returns how much that was. */
  #pushHeader(bytes: Buffer, sink: FrameSink): number {
    // The second byte tells how long the header is.
    const wanted = this.#headerFilled < 2 ? 2 : headerLength(this.#headerBytes.readUInt8(1));
    const taken = bytes.copy(this.#headerBytes, this.#headerFilled, 0, wanted - this.#headerFilled);
    this.#headerFilled += taken;

    if (this.#headerFilled >= 2 && this.#headerFilled === headerLength(this.#headerBytes.readUInt8(1))) {
      this.#header = decodeHeader(this.#headerBytes);
      this.#headerFilled = 0;
      this.#payloadSeen = 0;
      sink.onHeader(this.#header);
      if (this.#header.length === 0) this.#endFrame(this.#header, sink);
    }
    return taken;
  }

  /** Takes what belongs to the payload, and returns how much that was. */
  #pushPayload(bytes: Buffer, header: FrameHeader, sink: FrameSink): number {
    const part = bytes.subarray(0, header.length - this.#payloadSeen);
    if (header.key !== undefined) unmask(part, header.key, this.#payloadSeen);
    this.#payloadSeen += part.length;

    sink.onPayload(header, part);
    if (this.#payloadSeen === header.length) this.#endFrame(header, sink);
    return part.length;
  }

  #endFrame(header: FrameHeader, sink: FrameSink): void {
    this.#header = undefined;
    sink.onFrameEnd(header);
  }
}
