import { copyOf } from "./data.ts";
import { frameLength, MAX_HEADER_LENGTH, writeFrame, writeHeader } from "./frame.ts";
import type { Written } from "./protocol.ts";
import { OVERHEAD, type Batch, type SendQueue } from "./send-queue.ts";

/** A payload of so many bytes is sent from where it lies: a copy would cost more than a second piece. */
const LARGE = 16 * 1024;

const SLAB_LENGTH = 64 * 1024;

/** Memory for the small frames of all connections. Each takes the next free bytes; `reuse` frees some. */
let slab = Buffer.alloc(0);
let used = 0;
/** Whose frames end where the free bytes begin, so that the next one can follow without a gap. */
let writer: Outbox | undefined;

/** A number for the message that is handled, if it is the last one of its chunk; 0 if more may come, or nobody knows. */
let lastMessage = 0;
let lastMessages = 0;

/** The application gets the last message of a chunk: the first frame that it sends to each connection leaves at once. */
export function hurry(): void {
  lastMessage = ++lastMessages;
}

/** Frames wait for others again. */
export function gather(): void {
  lastMessage = 0;
}

/** Gathers the frames of one tick, or of one incoming chunk, so that they leave together. */
export class Outbox {
  #queue: SendQueue;
  #batch: Batch | undefined;
  /** Where our last frames begin in the slab, while we are the writer. */
  #start = 0;
  #length = 0;
  /** With so many bytes, or frames that cost as much, we wait no longer. */
  #limit = 0;
  #isCorked = false;
  /** The last message whose first frame for us we have seen. */
  #hurriedFor = 0;

  constructor(queue: SendQueue) {
    this.#queue = queue;
  }

  /** How many bytes wait here. */
  get length(): number {
    return this.#length;
  }

  /** Adds a frame. A payload of 16 KiB or more must stay as it is until `written` is called. */
  addFrame(first: number, payload: Buffer, key: number | undefined, isReply: boolean, written?: Written): void {
    if (payload.length < LARGE) {
      const start = this.#reserve(MAX_HEADER_LENGTH + payload.length);
      used = writeFrame(slab, start, first, payload, key);
      if (!this.#mayHurry(used - start, written)) return this.#count(used - start, isReply, written);
      // Before the write: a socket of the application's may call us from inside of it.
      writer = undefined;
      const frame = slab.subarray(start, used);
      if (this.#queue.writeAtOnce(frame, 1, replyCost(frame.length, isReply))) reuse(frame);
      return;
    }
    if (key === undefined) {
      const start = this.#reserve(MAX_HEADER_LENGTH);
      used = writeHeader(slab, start, first, payload.length);
      const length = used - start + payload.length;
      this.#push(payload);
      this.#count(length, isReply, written);
    } else {
      const frame = Buffer.allocUnsafeSlow(frameLength(payload.length, true));
      writeFrame(frame, 0, first, payload, key);
      this.addBytes(frame, isReply, written);
    }
    // The application waits for `written`, to have its memory back: the sooner the kernel takes it, the better.
    this.flush();
  }

  /** Adds a frame that others get, too. */
  addBytes(frame: Buffer, isReply: boolean, written?: Written): void {
    if (this.#mayHurry(frame.length, written)) {
      this.#queue.writeAtOnce(frame, 1, replyCost(frame.length, isReply));
      return;
    }
    this.#push(frame);
    this.#count(frame.length, isReply, written);
  }

  /** Nothing leaves until `uncork`, but for large payloads and what is too much. */
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
    // A header and its payload are two.
    if (batch.pieces.length > 2) batch.pieces = joinSmall(batch.pieces);
    const [piece] = batch.pieces;
    if (this.#queue.write(batch) && piece !== undefined) reuse(piece);
  }

  /** Whether a frame can leave at once: the first one that a last message brings can, if nothing is before it. */
  #mayHurry(length: number, written: Written | undefined): boolean {
    if (lastMessage === this.#hurriedFor || lastMessage === 0) return false;
    // Those behind it wait for each other, even if this one has to wait, too.
    this.#hurriedFor = lastMessage;
    return this.#batch === undefined && written === undefined && this.#queue.takesAtOnce(length);
  }

  #begin(): Batch {
    // A peer that does not keep up shall be noticed as soon as ever: at 0, no frame waits for another.
    this.#limit = this.#queue.length > 0 ? 0 : this.#queue.limit;
    if (!this.#isCorked && this.#limit > 0) process.nextTick(flush, this);
    return { pieces: [], frames: 0, replies: 0, written: [] };
  }

  #count(length: number, isReply: boolean, written: Written | undefined): void {
    const batch = (this.#batch ??= this.#begin());
    this.#length += length;
    batch.frames++;
    batch.replies += replyCost(length, isReply);
    if (written !== undefined) batch.written.push(written);
    if (this.#length + batch.frames * OVERHEAD >= this.#limit) this.flush();
  }

  /** Makes room in the slab behind our last frame, or where the free bytes begin, and returns where that is. */
  #reserve(length: number): number {
    const isFull = used + length > slab.length;
    if (writer === this && !isFull) return used;
    if (writer !== undefined) writer.#cut();
    if (isFull) {
      slab = Buffer.allocUnsafeSlow(SLAB_LENGTH);
      used = 0;
    }
    writer = this;
    this.#start = used;
    return used;
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
    // Behind what waits already, it must not keep a whole slab waiting with it.
    const isWaiting = this.#queue.length > 0;
    (this.#batch ??= this.#begin()).pieces.push(isWaiting ? copyOf(piece) : piece);
  }
}

/** The kernel has its copy of this piece. If nothing came behind it, its bytes are free, and in the processor's cache. */
function reuse(piece: Buffer): void {
  // A writer's frames begin behind it, even if none has become one: `writeFrame` throws for memory that a worker took.
  const isLast = writer === undefined && piece.byteOffset + piece.length === used;
  if (isLast && piece.buffer === slab.buffer) used -= piece.length;
}

/** What a frame costs as a reply, in bytes. */
function replyCost(length: number, isReply: boolean): number {
  return isReply ? length + OVERHEAD : 0;
}

/** A function of its own: `nextTick` takes its argument, and no closure is made. */
function flush(outbox: Outbox): void {
  outbox.flush();
}

/** The pieces that were joined last, and what they gave. */
let lastPieces: Buffer[] = [];
let lastJoined = slab;

/** For many small pieces, one copy costs less than a list; and for the receivers of a broadcast, one copy for all. */
function joinSmall(pieces: Buffer[]): Buffer[] {
  if (pieces.some((piece) => piece.length >= LARGE)) return pieces;
  const isSame = pieces.length === lastPieces.length && pieces.every((piece, i) => piece === lastPieces[i]);
  const joined = isSame ? lastJoined : Buffer.concat(pieces);
  // Of what is large, nothing is remembered: it would be kept for nobody.
  const isKept = joined.length <= SLAB_LENGTH;
  lastPieces = isKept ? pieces : [];
  lastJoined = isKept ? joined : slab;
  return [joined];
}
