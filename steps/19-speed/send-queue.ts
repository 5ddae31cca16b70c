import type { Duplex } from "node:stream";
import type { Written } from "./protocol.ts";

/** What a waiting frame costs besides its bytes, in bytes: Node's records of it. Measured, and rounded up. */
const OVERHEAD = 512;

export type SendQueueOptions = {
  /** From so much on that waits, `send` returns false, and replies stop the reading; in bytes, 64 KiB by default. */
  highWaterMark?: number;
  /** If more waits, and still more is sent, the peer is given up; in bytes, 16 MiB by default. */
  maxBufferedAmount?: number;
};

export type SendQueueHandler = {
  /** Nothing waits any more, after `isFull` was true. */
  onDrain(): void;
  /** `hasTooManyReplies` has changed. */
  onReplies(): void;
};

/** The peer does not read, and too much waits for it. It has been terminated. */
export class SlowReaderError extends Error {
  override name = "SlowReaderError";
  readonly code = "WS_ERR_SLOW_READER";

  constructor(bufferedAmount: number) {
    super(`The peer does not read, and ${bufferedAmount} bytes wait for it`);
  }
}

/** Knows what of our frames waits because the peer does not read fast enough. Node keeps the frames. */
export class SendQueue {
  #socket: Duplex;
  #handler: SendQueueHandler;
  #highWaterMark: number;
  #maxBufferedAmount: number;
  /** How many frames wait. */
  #frames = 0;
  /** What the waiting replies cost, in bytes. */
  #replies = 0;
  #isFull = false;
  #hasTooManyReplies = false;

  constructor(socket: Duplex, handler: SendQueueHandler, options: SendQueueOptions) {
    this.#socket = socket;
    this.#handler = handler;
    this.#highWaterMark = options.highWaterMark ?? 64 * 1024;
    this.#maxBufferedAmount = options.maxBufferedAmount ?? 16 * 1024 * 1024;
  }

  /** From the moment when `highWaterMark` is reached until nothing waits. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** More than `maxBufferedAmount` waits. */
  get isOverflowing(): boolean {
    return this.#cost() > this.#maxBufferedAmount;
  }

  /** From the moment when replies of `highWaterMark` wait until none does. */
  get hasTooManyReplies(): boolean {
    return this.#hasTooManyReplies;
  }

  /** Sends a frame; `isReply` says that the peer has provoked it. */
  write(frame: Buffer, isReply: boolean, written?: Written): void {
    const before = this.#socket.writableLength;
    let waits = false;
    this.#socket.write(frame, (error) => {
      if (waits) this.#leave(isReply ? frame.length + OVERHEAD : 0, error);
      written?.(error);
    });
    // What the kernel takes at once never waits, though Node calls back later for it, too.
    waits = this.#socket.writableLength > before;
    if (!waits) return;

    this.#frames++;
    if (this.#cost() >= this.#highWaterMark) this.#isFull = true;
    if (isReply) this.#countReply(frame.length + OVERHEAD);
  }

  #countReply(cost: number): void {
    this.#replies += cost;
    if (this.#replies < this.#highWaterMark || this.#hasTooManyReplies) return;
    this.#hasTooManyReplies = true;
    this.#handler.onReplies();
  }

  /** A frame has left, or with an error never will. */
  #leave(replyCost: number, error?: Error | null): void {
    this.#frames--;
    this.#replies -= replyCost;
    if (error) return;
    if (this.#replies === 0 && this.#hasTooManyReplies) {
      this.#hasTooManyReplies = false;
      this.#handler.onReplies();
    }
    if (this.#frames === 0 && this.#isFull) {
      this.#isFull = false;
      this.#handler.onDrain();
    }
  }

  #cost(): number {
    return this.#socket.writableLength + this.#frames * OVERHEAD;
  }
}
