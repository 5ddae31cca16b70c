import { CloseCode, Opcode, Rsv } from "./constants.ts";
import type { FrameHeader } from "./frame.ts";
import type { MessageCompression } from "./message-compression.ts";
import { ProtocolError } from "./protocol-error.ts";
import { Utf8Checker } from "./utf8.ts";

/**
 * Puts the payloads of a message's frames together, in one buffer that grows as bytes arrive: small
 * fragments cost their bytes, and empty ones nothing.
 */
export class MessageAssembler {
  #maxPayload: number;
  #opcode: number | undefined;
  /** Looks at the bytes of a text as they come. */
  #checker: Utf8Checker | undefined;
  #buffer = Buffer.alloc(0);
  #length = 0;
  #compression: MessageCompression | undefined;
  /** The message is compressed: so says RSV1 of its first frame. */
  #isCompressed = false;

  /** `maxPayload` is the most bytes that a message may have. */
  constructor(maxPayload: number, compression?: MessageCompression) {
    this.#maxPayload = maxPayload;
    this.#compression = compression;
  }

  /** The opcode of the message's first frame, or `undefined` between two messages. */
  get opcode(): number | undefined {
    return this.#opcode;
  }

  /**
   * Begins a data frame. Throws a `ProtocolError` if it does not belong here, or would make the
   * message too long: now, before any of it is kept. RFC 6455, section 5.4.
   */
  startFrame(header: FrameHeader): void {
    const isContinuation = header.opcode === Opcode.Continuation;
    if (isContinuation && this.#opcode === undefined) {
      throw new ProtocolError(CloseCode.ProtocolError, "There is no message to continue");
    }
    if (!isContinuation && this.#opcode !== undefined) {
      throw new ProtocolError(CloseCode.ProtocolError, "The message before is not complete");
    }
    if (this.#length + header.length > this.#maxPayload) {
      throw new ProtocolError(CloseCode.MessageTooBig, `A message has at most ${this.#maxPayload} bytes`);
    }
    if (isContinuation) return;
    this.#opcode = header.opcode;
    this.#isCompressed = header.rsv === Rsv.Compressed;
    const isPlainText = header.opcode === Opcode.Text && !this.#isCompressed;
    this.#checker = isPlainText ? new Utf8Checker() : undefined;
  }

  /**
   * Adds a part of the payload. It is copied: a slice that we kept would keep its whole chunk.
   * Throws a `ProtocolError` at the first byte of a text that is not UTF-8.
   */
  append(part: Buffer): void {
    this.#checker?.push(part);
    const needed = this.#length + part.length;
    if (needed > this.#buffer.length) this.#grow(needed);
    part.copy(this.#buffer, this.#length);
    this.#length = needed;
  }

  /**
   * Ends the message, and returns its payload. Throws a `ProtocolError` if a text ends too early, or
   * if what was compressed cannot be inflated, gives too much, or gives a text that is not UTF-8.
   */
  finish(): Buffer {
    this.#checker?.end();
    const payload = this.#inflate(this.#buffer.subarray(0, this.#length));
    this.#opcode = undefined;
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return payload;
  }

  #inflate(payload: Buffer): Buffer {
    if (!this.#isCompressed || this.#compression === undefined) return payload;
    const message = this.#compression.decompress(payload, this.#maxPayload);
    if (this.#opcode === Opcode.Text) {
      const checker = new Utf8Checker();
      checker.push(message);
      checker.end();
    }
    return message;
  }

  /** Twice as large each time: then each byte is copied about once more, however many come. */
  #grow(needed: number): void {
    const larger = Buffer.alloc(Math.max(needed, this.#length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
