import { CloseCode, Opcode, Rsv } from "./constants.ts";
import { EMPTY } from "./data.ts";
import type { FrameHeader } from "./frame.ts";
import type { MessageCompression } from "./message-compression.ts";
import { ProtocolError } from "./protocol-error.ts";
import { checkUtf8, Utf8Checker } from "./utf8.ts";

/** From so many bytes on, a part is not worth copying twice. */
const LARGE = 16 * 1024;

/**
 * Puts the payloads of a message's frames together. What comes in one piece is not copied, and what
 * comes in many costs its bytes: empty fragments nothing.
 */
export class MessageAssembler {
  #maxPayload: number;
  #opcode: number | undefined;
  /** The message is a text that can be read as it comes. */
  #isPlainText = false;
  #checker = new Utf8Checker();
  /** The first part; most messages have no other. */
  #first: Buffer | undefined;
  /** What came behind it. */
  #pieces: Pieces | undefined;
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
    this.#isPlainText = header.opcode === Opcode.Text && !this.#isCompressed;
  }

  /**
   * Adds a part of the payload, of which it may be known that it is ASCII. Throws a `ProtocolError` at
   * the first byte of a text that is not UTF-8.
   */
  append(part: Buffer, isAscii = false): void {
    if (this.#isPlainText) this.#checker.push(part, isAscii);
    this.#length += part.length;
    if (this.#first === undefined) this.#first = part;
    else (this.#pieces ??= new Pieces(this.#first)).add(part);
  }

  /**
   * Ends the message, and returns its payload. Throws a `ProtocolError` if a text ends too early, or
   * if what was compressed cannot be inflated, gives too much, or gives a text that is not UTF-8.
   */
  finish(): Buffer {
    if (this.#isPlainText) this.#checker.end();
    const payload = this.#inflate(this.#pieces?.join(this.#length) ?? this.#first ?? Buffer.alloc(0));
    this.#opcode = undefined;
    this.#first = undefined;
    this.#pieces = undefined;
    this.#length = 0;
    return payload;
  }

  #inflate(payload: Buffer): Buffer {
    if (!this.#isCompressed || this.#compression === undefined) return payload;
    const message = this.#compression.decompress(payload, this.#maxPayload);
    if (this.#opcode === Opcode.Text) checkUtf8(message);
    return message;
  }
}

/** Parts of a message: large ones as they are, small ones copied, so that a thousand are no list. */
class Pieces {
  #list: Buffer[];
  /** Where small parts go. */
  #small = EMPTY;
  #smallLength = 0;

  constructor(first: Buffer) {
    this.#list = [first];
  }

  add(part: Buffer): void {
    // Kept, it keeps its whole chunk: at most twice its own bytes.
    if (part.length >= LARGE && part.length * 2 >= part.buffer.byteLength) {
      this.#list.push(this.#takeSmall(), part);
      return;
    }
    const needed = this.#smallLength + part.length;
    if (needed > this.#small.length) this.#grow(needed);
    part.copy(this.#small, this.#smallLength);
    this.#smallLength = needed;
  }

  /** All of it, `length` bytes, in memory of its own. */
  join(length: number): Buffer {
    const joined = Buffer.allocUnsafeSlow(length);
    let position = 0;
    for (const piece of [...this.#list, this.#takeSmall()]) position += piece.copy(joined, position);
    return joined;
  }

  #takeSmall(): Buffer {
    const taken = this.#small.subarray(0, this.#smallLength);
    this.#small = EMPTY;
    this.#smallLength = 0;
    return taken;
  }

  /** Twice as large each time: then each byte is copied about once more, however many come. */
  #grow(needed: number): void {
    const larger = Buffer.alloc(Math.max(needed, this.#smallLength * 2));
    this.#small.copy(larger, 0, 0, this.#smallLength);
    this.#small = larger;
  }
}
