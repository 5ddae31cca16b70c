import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { EMPTY } from "./data.ts";
import type { Written } from "./protocol.ts";

/** What a waiting frame costs besides its bytes, in bytes: the records of it. Measured, and rounded up. */
export const OVERHEAD = 512;

/** About so much is given to the socket at a time, in bytes: it says when all of it is out, and nothing before. */
const PORTION = 64 * 1024;

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

/** Frames that leave together. */
export type Batch = {
  pieces: Buffer[];
  frames: number;
  /** What the replies among them cost, in bytes. */
  replies: number;
  written: Written[];
};

/** A piece of a batch that is on its way, or what is left of it. */
type Entry = {
  rest: Buffer;
  /** The batch, if this is its last piece. */
  batch: Batch | undefined;
  /** The kernel has not taken it at once. */
  waits: boolean;
  next: Entry | undefined;
};

/** Keeps what waits because the peer does not read fast enough, and hands it to the socket bit by bit. */
export class SendQueue {
  #socket: Duplex;
  #handler: SendQueueHandler;
  #highWaterMark: number;
  #maxBufferedAmount: number;
  /** What the socket has not got yet, from the oldest to the newest. */
  #first: Entry | undefined;
  #last: Entry | undefined;
  /** The bytes of that. */
  #kept = 0;
  /** How many frames wait, here or in the socket. */
  #frames = 0;
  /** What the waiting replies cost, in bytes. */
  #replies = 0;
  /** How many bytes have left. */
  #sent = 0;
  /** How many had left at the last look, if something waited then. */
  #sentAtLook: number | undefined;
  /** The kernel took the last write at once. Over TLS it never does. */
  #isPrompt = false;
  #isFull = false;
  #hasTooManyReplies = false;
  #isEnding = false;

  constructor(socket: Duplex, handler: SendQueueHandler, options: SendQueueOptions) {
    this.#socket = socket;
    this.#handler = handler;
    this.#highWaterMark = options.highWaterMark ?? 64 * 1024;
    this.#maxBufferedAmount = options.maxBufferedAmount ?? 16 * 1024 * 1024;
    // The 101 may still be on its way, as over TLS, and nobody else tells us when it is out.
    if (socket.writableLength > 0) socket.write("", () => this.#handOn());
  }

  /** How many bytes wait. */
  get length(): number {
    return this.#kept + this.#socket.writableLength;
  }

  /** With so many bytes the queue is full, or even overflows. */
  get limit(): number {
    return Math.min(this.#highWaterMark, this.#maxBufferedAmount);
  }

  /** From the moment when `highWaterMark` is reached until nothing waits. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** More than `maxBufferedAmount` waits. */
  get isOverflowing(): boolean {
    return this.#frames > 0 && this.#cost() > this.#maxBufferedAmount;
  }

  /** From the moment when replies of `highWaterMark` wait until none does. */
  get hasTooManyReplies(): boolean {
    return this.#hasTooManyReplies;
  }

  /** Whether of what waited at the last call some has left since: then the peer reads. */
  hasMoved(): boolean {
    const hasMoved = this.#sentAtLook !== undefined && this.#sent > this.#sentAtLook;
    // What meets an empty queue goes into the kernel, and tells nothing about the peer.
    this.#sentAtLook = this.length > 0 ? this.#sent : undefined;
    return hasMoved;
  }

  /** Whether it can be hoped that the kernel takes so many bytes at once. */
  takesAtOnce(length: number): boolean {
    const { writableLength, destroyed } = this.#socket;
    const isIdle = this.#first === undefined && writableLength === 0 && !destroyed && !this.#isEnding;
    return this.#isPrompt && isIdle && length <= PORTION;
  }

  /**
   * Sends frames, after `takesAtOnce`. Without a callback: if the kernel takes them, no object is made.
   * `replies` is what the replies among them cost. Returns whether the kernel has made its copy of the
   * piece; of what other streams do with it, subclasses of a socket included, we know nothing.
   */
  writeAtOnce(piece: Buffer, frames: number, replies: number): boolean {
    this.#socket.write(piece);
    this.#isPrompt = this.#socket.writableLength === 0;
    if (this.#isPrompt) {
      this.#sent += piece.length;
      // A socket may have called us from inside of the write, and what was sent there waits behind it.
      if (this.#first !== undefined) this.#handOn();
    } else {
      // Something behind it has to tell us when it is out.
      const entry = { rest: EMPTY, batch: { pieces: [], frames, replies, written: [] }, waits: false, next: undefined };
      this.#socket.write(EMPTY, (error) => this.#onOut(entry, piece.length, error));
      this.#wait(entry, frames, replies);
    }
    return this.#isPrompt && Object.getPrototypeOf(this.#socket) === Socket.prototype;
  }

  /** Sends frames. Returns whether they were one piece, and the kernel has made its copy. */
  write(batch: Batch): boolean {
    const { pieces, frames, replies, written } = batch;
    const last = pieces.pop();
    if (last === undefined) return false;
    const isHeardOf = pieces.length > 0 || written.length > 0;
    if (!isHeardOf && this.takesAtOnce(last.length)) return this.writeAtOnce(last, frames, replies);
    for (const piece of pieces) this.#append(piece);
    const entry = this.#append(last, batch);
    this.#handOn();
    // What the kernel takes at once never waits, though Node calls back later for it, too.
    this.#isPrompt = this.length === 0;
    if (!this.#isPrompt) this.#wait(entry, frames, replies);
    return false;
  }

  /** The kernel has not taken all of it. */
  #wait(entry: Entry, frames: number, replies: number): void {
    entry.waits = true;
    this.#frames += frames;
    if (this.#cost() >= this.#highWaterMark) this.#isFull = true;
    if (replies > 0) this.#countReplies(replies);
  }

  #append(rest: Buffer, batch?: Batch): Entry {
    const entry: Entry = { rest, batch, waits: false, next: undefined };
    if (this.#last) this.#last.next = entry;
    this.#first ??= entry;
    this.#last = entry;
    this.#kept += rest.length;
    return entry;
  }

  /** Ends the socket, behind all that waits; if it is closed already, each frame learns that from it. */
  end(): void {
    this.#isEnding = true;
    this.#handOn();
  }

  /** Gives the socket the next portion when it has nothing left. */
  #handOn(): void {
    while (this.#first && (this.#socket.writableLength === 0 || this.#socket.destroyed)) this.#handPortion();
    // Whoever ends a socket that is gone or has ended makes Node write an error, with its stack, for nobody.
    if (this.#isEnding && !this.#first && this.#socket.writable) this.#socket.end();
  }

  #handPortion(): void {
    const isMany = this.#first !== this.#last;
    // One call of the system for many small frames.
    if (isMany) this.#socket.cork();
    for (let room = PORTION; room > 0 && this.#first; ) room -= this.#handPart(this.#first);
    if (isMany) this.#socket.uncork();
  }

  /** Gives the socket a frame, or a part of a large one. Returns what that costs. */
  #handPart(entry: Entry): number {
    const isLast = entry.rest.length <= PORTION;
    const part = isLast ? entry.rest : entry.rest.subarray(0, PORTION);
    if (isLast) this.#first = entry.next;
    else entry.rest = entry.rest.subarray(PORTION);
    if (!this.#first) this.#last = undefined;
    this.#kept -= part.length;
    this.#socket.write(part, (error) => this.#onOut(isLast ? entry : undefined, part.length, error));
    return part.length + OVERHEAD;
  }

  /** So many bytes have left, or with an error never will; `entry`, if these were its last. */
  #onOut(entry: Entry | undefined, length: number, error?: Error | null): void {
    this.#sent += length;
    this.#handOn();
    if (entry !== undefined) this.#leave(entry, error);
  }

  #countReplies(cost: number): void {
    this.#replies += cost;
    if (this.#replies < this.#highWaterMark || this.#hasTooManyReplies) return;
    this.#hasTooManyReplies = true;
    this.#handler.onReplies();
  }

  /** A piece has left, or with an error never will. */
  #leave({ waits, batch }: Entry, error?: Error | null): void {
    if (waits && batch) this.#discount(batch, error);
    // Each in a tick of its own: if one throws, the others still hear of it.
    for (const written of batch?.written ?? []) process.nextTick(written, error);
  }

  #discount({ frames, replies }: Batch, error?: Error | null): void {
    this.#frames -= frames;
    this.#replies -= replies;
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
    return this.length + this.#frames * OVERHEAD;
  }
}
