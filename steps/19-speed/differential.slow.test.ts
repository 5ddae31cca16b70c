import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { Connection as Before, type ConnectionHandler } from "../18-compression/connection.ts";
import { CloseCode } from "../18-compression/constants.ts";
import { encodeFrame } from "../18-compression/frame.ts";
import { MessageCompression as CompressionBefore } from "../18-compression/message-compression.ts";
import { Protocol } from "../18-compression/protocol.ts";
import { Connection as After } from "./connection.ts";
import { MessageCompression as CompressionAfter } from "./message-compression.ts";

// What is fast must be what was right: both steps get the same bytes in the same chunks, and have to
// tell and send the same.

// FUZZ_SEED=<what was printed> replays a run, FUZZ_RUNS=<number> makes it longer or shorter.
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
const runs = Number(process.env.FUZZ_RUNS ?? 10_000);
const MAX_PAYLOAD = 100_000;

type Random = (below: number) => number;

/** The numbers of mulberry32: the same for the same seed, on every machine. */
function randomNumbers(state: number): Random {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** The server's end of a TCP connection in memory. `takes` says whether the peer reads. */
class FakeSocket extends Duplex {
  received: Buffer[] = [];
  takes = true;
  #waiting: (() => void)[] = [];

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // A copy, so that whoever uses the memory again is found out; or found out later, if it waits.
    if (this.takes) {
      this.received.push(Buffer.from(chunk));
      done();
    } else {
      this.#waiting.push(() => {
        this.received.push(Buffer.from(chunk));
        done();
      });
    }
  }

  readSome(): void {
    for (const take of this.#waiting.splice(0)) take();
  }
}

type Step = { Connection: typeof Before | typeof After; Compression: typeof CompressionBefore | typeof CompressionAfter };
const STEPS: Step[] = [
  { Connection: Before, Compression: CompressionBefore },
  { Connection: After as unknown as typeof Before, Compression: CompressionAfter },
];

/** A connection of one of the steps, with an application that answers, and what is seen of both. */
class Side {
  readonly socket = new FakeSocket();
  readonly events: string[] = [];
  /** The messages as they came, and what they were then: nobody may change them later. */
  #kept: { data: Buffer; was: string }[] = [];
  #connection: Before;
  #isCompressed: boolean;

  constructor({ Connection, Compression }: Step, compressed: boolean, role: "server" | "client") {
    const handler: ConnectionHandler = {
      onMessage: (data, isBinary) => this.#onMessage(data, isBinary),
      onPing: (payload) => void this.events.push(`ping ${payload.toString("hex")}`),
      onPong: (payload) => void this.events.push(`pong ${payload.toString("hex")}`),
      onError: (error) => void this.events.push(`error ${error.code}`),
      onClose: (code, reason) => void this.events.push(`close ${code} ${reason}`),
      onDrain: () => {},
    };
    this.#isCompressed = compressed;
    const compression = compressed ? new Compression({}, role === "server") : undefined;
    this.#connection = new Connection(this.socket, handler, { maxPayload: MAX_PAYLOAD, role, compression: compression as never }) as Before;
  }

  act(action: string): void {
    if (action === "pause") this.#connection.pause();
    if (action === "resume") this.#connection.resume();
    if (action === "close") this.#connection.close(4001, "bye");
    if (action === "terminate") this.#connection.terminate();
    if (action === "send") this.#connection.send(Buffer.from("of our own accord"), false);
    if (action === "fragment") this.#connection.send(Buffer.from("half, "), false, false);
    if (action === "block") this.socket.takes = false;
    if (action === "unblock") this.socket.takes = true;
    if (action === "unblock" || action === "take") this.socket.readSome();
  }

  /**
   * The bytes that have gone out; a client's masks are random, so of a client only the events count.
   * The same message can be compressed in many ways: then it is what a client understands.
   */
  sent(): string {
    const bytes = Buffer.concat(this.socket.received);
    return this.#isCompressed ? understood(bytes) : bytes.toString("hex");
  }

  expectUnchanged(): void {
    for (const { data, was } of this.#kept) assert.equal(data.toString("hex"), was, "a message has changed after it was delivered");
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    const text = data.toString("hex");
    this.events.push(`${isBinary ? "binary" : "text"} ${text}`);
    this.#kept.push({ data, was: text });
    this.act(ACTIONS[data.length % 23] ?? "");
    if (data.length % 7 !== 0) this.#connection.send(data, isBinary);
    if (data.length % 11 === 0) this.#connection.ping(Buffer.from("?"));
  }
}

/** What a client of step 18 hears. */
function understood(bytes: Buffer): string {
  const heard: string[] = [];
  const client = new Protocol(
    {
      onBytes: () => {},
      onEnd: () => {},
      onMessage: (data, isBinary) => void heard.push(`${isBinary ? "binary" : "text"} ${data.toString("hex")}`),
      onPing: (payload) => void heard.push(`ping ${payload.toString("hex")}`),
      onPong: (payload) => void heard.push(`pong ${payload.toString("hex")}`),
      // A text into which the application has sent a binary fragment.
      onError: (error) => void heard.push(`error ${error.message}`),
    },
    { maxPayload: Infinity, role: "client", compression: new CompressionBefore({}, false) },
  );
  client.receive(bytes);
  if (client.closeCode !== CloseCode.Abnormal) heard.push(`close ${client.closeCode} ${client.closeReason}`);
  return heard.join("\n");
}

/** What a handler does, by the length of the message. */
const ACTIONS: Record<number, string> = { 3: "pause", 5: "close", 8: "send", 13: "fragment", 17: "terminate", 19: "resume" };

/** What the application says by itself. */
const TALK = new Set(["send", "fragment", "close"]);

/** A frame, masked if a client sends it. */
function frame(first: number, payload: Buffer, masked: boolean, random: Random): Buffer {
  const key = Buffer.from(Array.from({ length: 4 }, () => random(256)));
  const bytes = encodeFrame(first & 15, payload, true, masked ? key : undefined);
  bytes[0] = first;
  return bytes;
}

const SIZES = [0, 1, 2, 20, 60, 125, 126, 127, 300, 1023, 1024, 1025, 5_000, 16_383, 16_384, 40_000, 65_535, 65_536];
const TEXT = "half an emoji per frame: \u{1f600}, a € and an é; ".repeat(2_000);

function payloadOf(first: number, random: Random): Buffer {
  const size = (SIZES[random(SIZES.length - random(10))] ?? 0) + random(4);
  const opcode = first & 15;
  if (opcode >= 8) return Buffer.from(opcode === 8 ? [3, 0xe8, ...(random(2) ? [104, 105] : [])] : Array.from({ length: size % 126 }, (_, i) => i));
  if (opcode === 2) return Buffer.alloc(size, random(256));
  const start = random(50);
  return Buffer.from(TEXT.slice(start, start + size)).subarray(0, random(20) === 0 ? size : undefined);
}

/** A few frames: most of them right, some of them not, and sometimes a byte that has flipped. */
function stream(random: Random, compressed: boolean, masked: boolean): Buffer {
  const frames: Buffer[] = [];
  for (let i = random(12) + 1; i > 0; i--) {
    const kinds = [[0x81], [0x82], [0x89], [0x8a], [0x01, 0x00, 0x80], [0x02, 0x89, 0x80], [0x81, 0x82, 0x81], [0xc1]];
    for (const first of kinds[random(compressed ? 8 : 7)] ?? []) {
      const payload = payloadOf(first & 0x8f, random);
      const isCompressed = first === 0xc1;
      frames.push(frame(first, isCompressed ? deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4) : payload, masked, random));
    }
  }
  if (random(3) === 0) frames.push(frame(0x88, payloadOf(0x88, random), masked, random));
  const bytes = Buffer.concat(frames);
  if (random(3) === 0) bytes[random(random(2) ? bytes.length : Math.min(bytes.length, 16))] = random(256);
  return bytes;
}

function cut(bytes: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  const largest = [3, 40, 1_500, 65_536][random(4)] ?? 1;
  const isTiny = bytes.length > 3_000 && largest < 100;
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random(isTiny ? 1_500 : largest);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

/** Gives both steps the same, and compares what is seen after each chunk and in the end. */
async function run(random: Random): Promise<void> {
  const role = random(5) === 0 ? "client" : "server";
  const compressed = random(3) === 0;
  const sides = STEPS.map((step) => new Side(step, compressed, role));
  const both = (act: (side: Side) => void) => sides.forEach(act);
  const chunks = cut(stream(random, compressed, role === "server"), random);
  for (const chunk of chunks) {
    // Memory of its own for each, as a socket gives it: it is unmasked in place.
    both((side) => side.socket.push(Buffer.from(chunk)));
    if (random(8) === 0) {
      const action = ["block", "unblock", "take", "resume", "send", "pause", "close", "fragment"][random(8)] ?? "";
      // While one of them waits for its reader, the other may have read on: what we say now would come at another place.
      const isLevel = sides.every(({ events }) => events.length === sides[0]?.events.length);
      if (isLevel || !TALK.has(action)) both((side) => side.act(action));
    }
    if (random(2) === 0) await turn();
  }
  both((side) => side.act("unblock"));
  for (let i = 0; i < 40 && sides.some(({ socket }) => socket.isPaused() || socket.readableLength > 0); i++) {
    both((side) => side.act("resume"));
    await turn();
  }
  both((side) => side.act("unblock"));
  await turn();
  both((side) => side.socket.push(null));
  for (let i = 0; i < 4; i++) await turn();
  const isCut = sides.some(({ socket }) => socket.destroyed && !socket.writableFinished);
  both((side) => side.socket.destroy());
  for (let i = 0; i < 2; i++) await turn();
  const [before, after] = sides as [Side, Side];
  assert.deepEqual(after.events, before.events);
  both((side) => side.expectUnchanged());
  if (role === "client") return;
  // Of a connection that was terminated while its peer did not read, more or less may have left.
  const [sentBefore, sentAfter] = [before.sent(), after.sent()];
  const length = isCut ? Math.min(sentBefore.length, sentAfter.length) : Infinity;
  assert.equal(sentAfter.slice(0, length), sentBefore.slice(0, length));
}

test(`differential: step 18 and step 19 tell and send the same, FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`, async () => {
  if (process.env.FUZZ_RUN) return run(randomNumbers(Number(process.env.FUZZ_RUN)));
  const random = randomNumbers(seed);
  for (let i = 0; i < runs; i++) {
    const runSeed = random(2 ** 32);
    try {
      await run(randomNumbers(runSeed));
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`Run ${i} differs, with FUZZ_SEED=${seed} FUZZ_RUN=${runSeed}: ${message}`, { cause: error });
    }
  }
});
