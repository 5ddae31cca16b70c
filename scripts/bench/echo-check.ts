import { encodeFrame, FrameReader, inflate, Opcode, type Frame } from "../soak/frames.ts";
import type { Batch } from "./messages.ts";

/** What a server has sent is not what it should have sent. */
export class WrongEcho extends Error {
  override name = "WrongEcho";
}

/** Bytes of compressed echoes that were inflated and found right: the next time it suffices to compare. */
export type Learned = Map<Batch, Buffer>;

export interface EchoCheckOptions {
  /** The server sends back our own bytes, as they are. */
  isRaw: boolean;
  learned: Learned;
  /** Sends a pong, for servers that want a sign of life. */
  answer: (bytes: Buffer) => void;
}

const EMPTY = Buffer.alloc(0);
const NOTHING: Batch = { payloads: [], opcode: 0, bytes: 0, sent: EMPTY, expected: EMPTY };

/**
 * Checks every byte of the echoes of one connection. Where the bytes can be known beforehand, it
 * compares whole chunks, which costs next to nothing. A server may send others that mean the same,
 * such as fragments: then it reads the frames and compares the messages.
 */
export class EchoCheck {
  readonly #options: EchoCheckOptions;
  #batch: Batch = NOTHING;
  #expected = NOTHING.expected;
  /** How much of the expected bytes has come. */
  #position = 0;
  #isComplete = true;
  /** There while frames are read. */
  #reader: FrameReader | undefined;
  /** What the reader has read of this batch. */
  #chunks: Buffer[] = [];
  #messages = 0;
  #fragments: Frame[] = [];

  constructor(options: EchoCheckOptions) {
    this.#options = options;
  }

  /** From now on the echoes of these messages are expected. */
  begin(batch: Batch): void {
    this.#batch = batch;
    this.#expected = batch.expected ?? this.#options.learned.get(batch);
    this.#position = 0;
    this.#isComplete = false;
    this.#chunks = [];
    this.#messages = 0;
  }

  /** Whether the batch is complete with these bytes. Throws a {@link WrongEcho}. */
  take(bytes: Buffer, length: number): boolean {
    const expected = this.#expected;
    const end = this.#position + length;
    const isAsExpected =
      this.#reader === undefined &&
      expected !== undefined &&
      end <= expected.length &&
      bytes.compare(expected, this.#position, end, 0, length) === 0;
    if (!isAsExpected) return this.#takeSlowly(bytes.subarray(0, length));
    this.#position = end;
    this.#isComplete = end === expected.length;
    return this.#isComplete;
  }

  #takeSlowly(bytes: Buffer): boolean {
    if (this.#options.isRaw) throw new WrongEcho("it sent back other bytes than it got");
    if (this.#reader === undefined) {
      this.#reader = new FrameReader();
      if (!this.#isComplete && this.#expected) this.#read(this.#expected.subarray(0, this.#position));
    }
    const wasComplete = this.#isComplete;
    // A copy: the next read overwrites the bytes.
    this.#read(Buffer.from(bytes));
    this.#isComplete ||= this.#messages === this.#batch.payloads.length;
    if (!this.#isComplete) return false;
    if (this.#reader.isEmpty) this.#reader = undefined;
    if (this.#batch.expected === undefined) this.#options.learned.set(this.#batch, Buffer.concat(this.#chunks));
    this.#position = this.#expected?.length ?? 0;
    return !wasComplete;
  }

  #read(bytes: Buffer): void {
    this.#chunks.push(bytes);
    for (const frame of this.#reader?.push(bytes) ?? []) {
      if (frame.opcode === Opcode.Ping) this.#options.answer(encodeFrame(Opcode.Pong, frame.payload));
      else if (frame.opcode === Opcode.Close) throw new WrongEcho(`it closed the connection with ${closeCode(frame.payload)}`);
      else if (frame.opcode !== Opcode.Pong) this.#takeFragment(frame);
    }
  }

  #takeFragment(frame: Frame): void {
    if (this.#isComplete) throw new WrongEcho("it sent a message that is no echo");
    this.#fragments.push(frame);
    if (!frame.fin) return;
    const [first = frame] = this.#fragments;
    const joined = Buffer.concat(this.#fragments.map(({ payload }) => payload));
    this.#fragments = [];
    const payload = first.rsv1 ? inflate(joined) : joined;
    const wanted = this.#batch.payloads[this.#messages++];
    if (wanted === undefined) throw new WrongEcho("it sent a message more than it got");
    if (first.opcode !== this.#batch.opcode) throw new WrongEcho(`its echo has opcode ${first.opcode}, not ${this.#batch.opcode}`);
    if (!payload.equals(wanted)) throw new WrongEcho(difference(payload, wanted));
    if (this.#batch.expected === undefined && !first.rsv1) throw new WrongEcho("it agreed to compress, and did not");
  }
}

function difference(payload: Buffer, wanted: Buffer): string {
  if (payload.length !== wanted.length) return `it sent back ${payload.length} bytes, and had got ${wanted.length}`;
  const at = payload.findIndex((byte, index) => byte !== wanted[index]);
  return `its echo of ${wanted.length} bytes is wrong from byte ${at} on`;
}

function closeCode(payload: Buffer): string {
  return payload.length < 2 ? "no code" : `${payload.readUInt16BE(0)} ${payload.toString("utf8", 2)}`.trim();
}
