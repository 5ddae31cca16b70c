import { constants as bufferConstants } from "node:buffer";
import { constants, deflateRawSync, inflateRawSync, type Inflate, type ZlibOptions } from "node:zlib";
import { CloseCode } from "./constants.ts";
import type { Agreement, DeflateOptions } from "./permessage-deflate.ts";
import { ProtocolError } from "./protocol-error.ts";

export type CompressionOptions = {
  /** Without context takeover, messages of fewer bytes are sent as they are; 1024 by default. */
  threshold?: number;
  /** How to compress, in the words of `node:zlib`. */
  zlibDeflateOptions?: Pick<ZlibOptions, "level" | "memLevel" | "strategy">;
};

/** The option `perMessageDeflate`: whether messages may be compressed, and how; they are not by default. */
export type PerMessageDeflate = boolean | (DeflateOptions & CompressionOptions);

/** What ends a flush and is never sent: length and complement of an empty block. RFC 7692, section 7.2.1. */
const FLUSH_TAIL = Buffer.from("0000ffff", "hex");

/** Behind it, a last block of our own: an inflater that never gets there shows that a message was cut. */
const MESSAGE_TAIL = Buffer.concat([FLUSH_TAIL, Buffer.from("010000ffff", "hex")]);

/** How much of that may be left behind the peer's own last block, which may end in the flush's tail, too. */
const LEFT_OVER = [0, MESSAGE_TAIL.length - FLUSH_TAIL.length, MESSAGE_TAIL.length];

/** Each last block needs a new inflater, for two bytes of a peer that wants to keep us busy. */
const MAX_LAST_BLOCKS = 100;

/** Even for the shortest message, so many of the bytes before it are worth looking at. */
const LEAST_DICTIONARY = 8 * 1024;

/** Both directions of one connection that has agreed on permessage-deflate. RFC 7692, section 7.2. */
export class MessageCompression {
  #options: CompressionOptions;
  #sent: Window;
  #received: Window;

  /** `isServer` says which of the two sides we are. */
  constructor(agreement: Agreement, isServer: boolean, options: CompressionOptions = {}) {
    this.#options = options;
    const server = new Window(agreement.server_max_window_bits, agreement.server_no_context_takeover);
    const client = new Window(agreement.client_max_window_bits, agreement.client_no_context_takeover);
    [this.#sent, this.#received] = isServer ? [server, client] : [client, server];
  }

  /** Whether to compress a message of so many bytes. With a window, even a short one can pay. */
  isWorthwhile(length: number): boolean {
    return this.#sent.isKept || length >= (this.#options.threshold ?? 1024);
  }

  /** Compresses a fragment of a message; with `fin`, its last one or the whole of it. */
  compress(data: Buffer, fin: boolean): Buffer {
    const {
      level = constants.Z_DEFAULT_COMPRESSION,
      memLevel = memLevelFor(data.length),
      strategy = constants.Z_DEFAULT_STRATEGY,
    } = this.#options.zlibDeflateOptions ?? {};
    // zlib reads all of its dictionary before each message. So much of it is worth that.
    const dictionary = this.#sent.last(Math.max(4 * data.length, LEAST_DICTIONARY));
    const windowBits = this.#sent.bitsFor(dictionary.length + data.length);
    const chunkSize = Math.min(1024 + data.length, 16 * 1024);
    const finishFlush = constants.Z_SYNC_FLUSH;
    // Nothing is spread into it: such objects can have a hidden class each, and Node searches each for its options.
    const options = { level, memLevel, strategy, dictionary, windowBits, chunkSize, finishFlush };
    const flushed = deflateRawSync(data, options);
    this.#sent.push(data, fin);
    return fin ? flushed.subarray(0, -FLUSH_TAIL.length) : flushed;
  }

  /**
   * Inflates the payload of a whole message. Throws a `ProtocolError` if that is broken, or as soon
   * as it gives more than `maxLength` bytes.
   */
  decompress(payload: Buffer, maxLength: number): Buffer {
    const parts: Buffer[] = [];
    let length = 0;
    // No bytes at all are no DEFLATE data, but what some send for an empty message; it can mean nothing else.
    let rest = payload.length > 0 ? Buffer.concat([payload, MESSAGE_TAIL]) : payload;
    // The peer may say "last block" anywhere, and go on behind it. RFC 7692, section 7.2.1.
    for (let blocks = 0; rest.length > MESSAGE_TAIL.length; blocks++) {
      if (blocks === MAX_LAST_BLOCKS) throw tooBig("A compressed message has too many last blocks");
      const { data, consumed } = inflate(rest, maxLength - length, this.#received);
      parts.push(data);
      length += data.length;
      if (length > maxLength) throw tooBig();
      rest = rest.subarray(consumed);
      // As the loop will see: of the message, nothing is left.
      const isLast = rest.length <= MESSAGE_TAIL.length;
      this.#received.push(data, isLast);
    }
    if (!LEFT_OVER.includes(rest.length)) throw broken();
    return join(...parts);
  }
}

/** What a compressed message may refer to: the last bytes that went the same way. */
class Window {
  /** Whether it survives the end of a message: that is what "context takeover" means. */
  readonly isKept: boolean;
  /** The base-two logarithm of its size. */
  readonly bits: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(bits = 15, isForgotten = false) {
    this.bits = bits;
    this.isKept = !isForgotten;
  }

  /** All that is there. A stream of zlib's would keep it itself; a single call gets it as its dictionary. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The last bytes of it, so many at most. */
  last(length: number): Buffer {
    return this.#bytes.subarray(Math.max(0, this.#bytes.length - length));
  }

  /** Bits for so many bytes: nobody looks back further, and zlib leaves 262 free. It clears tables for a whole window. */
  bitsFor(length: number): number {
    return Math.min(Math.max(Math.ceil(Math.log2(length + 262)), 9), this.bits);
  }

  /** Adds bytes that have been sent or received; `fin` says whether their message ends there. */
  push(data: Buffer, fin: boolean): void {
    if (fin && !this.isKept) {
      this.#bytes = Buffer.alloc(0);
      return;
    }
    const size = 2 ** this.bits;
    const added = data.subarray(-size);
    const kept = this.#bytes.subarray(Math.max(0, this.#bytes.length + added.length - size));
    if (this.#bytes.length < size) {
      this.#bytes = join(kept, added);
      return;
    }
    // Full: it moves within its own memory.
    this.#bytes.set(kept);
    this.#bytes.set(added, kept.length);
  }
}

/** For a short message, zlib need not clear the tables of a long one: they hold 2^(memLevel + 6) symbols. */
function memLevelFor(length: number): number {
  return Math.min(Math.max(Math.ceil(Math.log2(length + 1)) - 6, 1), 8);
}

/** Inflates up to a last block, and says how many bytes that took. */
function inflate(bytes: Buffer, maxLength: number, window: Window): { data: Buffer; consumed: number } {
  // Of a limit of 0, zlib knows nothing: it may give one byte.
  const maxOutputLength = Math.min(Math.max(maxLength, 1), bufferConstants.MAX_LENGTH);
  try {
    const options = { windowBits: window.bits, dictionary: window.bytes, maxOutputLength, info: true };
    const { buffer, engine } = inflateRawSync(bytes, options) as unknown as { buffer: Buffer; engine: Inflate };
    return { data: buffer, consumed: engine.bytesWritten };
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooBig();
    if (!code.startsWith("Z_")) throw error;
    throw broken();
  }
}

/** In memory of its own: what zlib gives, and `Buffer.concat`, can be a corner of a large piece. */
function join(...pieces: Buffer[]): Buffer {
  const joined = Buffer.alloc(pieces.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const piece of pieces) position += piece.copy(joined, position);
  return joined;
}

function tooBig(reason = "A message is too long when it is inflated"): ProtocolError {
  return new ProtocolError(CloseCode.MessageTooBig, reason);
}

function broken(): ProtocolError {
  return new ProtocolError(CloseCode.InvalidPayload, "A compressed message is broken");
}
