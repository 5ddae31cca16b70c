import { copyOf } from "./data.ts";
import { frameLength, writeFrame, writeHeader } from "./frame.ts";
import type { Written } from "./protocol.ts";
import { OVERHEAD, type Batch, type SendQueue } from "./send-queue.ts";

/** A payload of so many bytes is sent from where it lies: a copy would cost more than a second piece. */
const LARGE = 16 * 1024;

const SLAB_LENGTH = 64 * 1024;

/** Memory for the small frames of all connections. Each takes the next free bytes, and none is used twice. */
let slab = Buffer.alloc(0);
let used = 0;
/** Whose frames end where the free bytes begin, so that the next one can follow without a gap. */
let writer: Outbox | undefined;

/** Gathers the frames of one tick, or of one incoming chunk, so that they leave together. */
export class Outbox {
  #queue: SendQueue;
  #batch: Batch | undefined;
  /** Where our last frames begin in the slab, while we are the writer. */
  #start = 0;
  #length = 0;
  #isCorked = false;

  constructor(queue: SendQueue) {
    this.#queue = queue;
  }

  /** How many bytes wait here. */
  get length(): number {
    return this.#length;
  }

  /** Adds a frame. A payload of 16 KiB or more must stay as it is until `written` is called. */
  addFrame(first: number, payload: Buffer, key: number | undefined, isReply: boolean, written?: Written): void {
    const length = frameLength(payload.length, key !== undefined);
    if (payload.length < LARGE) {
      this.#reserve(length);
      used = writeFrame(slab, used, first, payload, key);
    } else if (key === undefined) {
      this.#reserve(length - payload.length);
      used = writeHeader(slab, used, first, payload.length);
      this.#push(payload);
    } else {
      const frame = Buffer.allocUnsafeSlow(length);
      writeFrame(frame, 0, first, payload, key);
      this.#push(frame);
    }
    this.#count(length, isReply, written);
    // The application may do with its memory what it likes as soon as the kernel has taken it: that is now.
    if (payload.length >= LARGE) this.flush();
  }

  /** Adds a frame that others get, too. */
  addBytes(frame: Buffer, isReply: boolean, written?: Written): void {
    this.#push(frame);
    this.#count(frame.length, isReply, written);
  }

  /** Nothing leaves until `uncork`, unless there is too much of it. */
  cork(): void {
    this.#isCorked = true;
  }

  uncork(): void {
    this.#isCorked = false;
    this.flush();
  }

  /** Hands all that is here to the queue. */
  flush(): void {
    if (this.#batch === undefined) return;
    this.#cut();
    const batch = this.#batch;
    this.#batch = undefined;
    this.#length = 0;
    if (batch.pieces.length > 2) batch.pieces = joinSmall(batch.pieces);
    this.#queue.write(batch);
  }

  #begin(): Batch {
    if (!this.#isCorked) process.nextTick(flush, this);
    return { pieces: [], frames: 0, replies: 0, written: [] };
  }

  #count(length: number, isReply: boolean, written: Written | undefined): void {
    const batch = (this.#batch ??= this.#begin());
    this.#length += length;
    batch.frames++;
    if (isReply) batch.replies += length + OVERHEAD;
    if (written !== undefined) batch.written.push(written);
    // A peer that does not keep up shall be noticed as soon as ever.
    const cost = this.#length + batch.frames * OVERHEAD;
    if (cost >= this.#queue.limit || this.#queue.length > 0) this.flush();
  }

  /** Makes room in the slab behind our last frame, or where the free bytes begin. */
  #reserve(length: number): void {
    const isFull = used + length > slab.length;
    if (writer === this && !isFull) return;
    if (writer !== undefined) writer.#cut();
    if (isFull) {
      slab = Buffer.allocUnsafeSlow(SLAB_LENGTH);
      used = 0;
    }
    writer = this;
    this.#start = used;
  }

  #push(piece: Buffer): void {
    this.#cut();
    (this.#batch ??= this.#begin()).pieces.push(piece);
  }

  /** What we have written into the slab becomes a piece. */
  #cut(): void {
    if (writer !== this) return;
    writer = undefined;
    const piece = slab.subarray(this.#start, used);
    // What has to wait must not keep a whole slab waiting with it.
    const isWaiting = this.#queue.length > 0;
    (this.#batch ??= this.#begin()).pieces.push(isWaiting ? copyOf(piece) : piece);
  }
}

/** A function of its own: `nextTick` takes its argument, and no closure is made. */
function flush(outbox: Outbox): void {
  outbox.flush();
}

/** For many small pieces, one copy costs less than a list. */
function joinSmall(pieces: Buffer[]): Buffer[] {
  return pieces.some((piece) => piece.length >= LARGE) ? pieces : [Buffer.concat(pieces)];
}
