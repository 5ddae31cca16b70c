import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FrameParser } from "./frame-parser.ts";
import { encodeFrame } from "./frame.ts";
import { Protocol } from "./protocol.ts";

// FUZZ_SEED=<what was printed> replays a run, FUZZ_RUNS=<number> makes it longer or shorter.
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
const runs = Number(process.env.FUZZ_RUNS ?? 1_000_000);
const MAX_PAYLOAD = 300;

/** The numbers of mulberry32: the same for the same seed, on every machine. */
function randomNumbers(state: number): (below: number) => number {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Random = ReturnType<typeof randomNumbers>;

/** A frame as a client sends it. `first` is its first byte: FIN, the reserved bits, the opcode. */
function frame(first: number, payload: string | Buffer = "", key = "00000000"): Buffer {
  const bytes = encodeFrame(first & 0xf, Buffer.from(payload));
  const start = bytes.length - Buffer.byteLength(payload);
  const keyBytes = Buffer.from(key, "hex");
  bytes[0] = first;
  bytes[1] = bytes.readUInt8(1) | 0x80;
  for (let i = start; i < bytes.length; i++) bytes[i] = bytes.readUInt8(i) ^ keyBytes.readUInt8((i - start) % 4);
  return Buffer.concat([bytes.subarray(0, start), keyBytes, bytes.subarray(start)]);
}

/** Frames that make valid streams when they are put together in this order or nearly so. */
const corpus = [
  [frame(0x81, "hello"), frame(0x82, "\0\x01\x02"), frame(0x89, "ping"), frame(0x88, "\x03\xe8")],
  [frame(0x01, "€".repeat(3), "a1b2c3d4"), frame(0x89), frame(0x00), frame(0x80, "😀", "01020304")],
  [frame(0x02, Buffer.alloc(130, 7)), frame(0x8a, "pong"), frame(0x80, Buffer.alloc(100)), frame(0x81)],
  [frame(0x81, "close 4001"), frame(0x81, "late"), frame(0x89, "p"), frame(0x88, Buffer.from("0fa1", "hex"))],
  [frame(0x88, Buffer.from("03e862796520e282ac", "hex")), frame(0x89, "late")],
  [frame(0x81, "end"), frame(0x89, "late")],
  [frame(0x81, "a"), frame(0x81, "b"), frame(0x82, Buffer.alloc(300, 1), "ffffffff"), frame(0x88)],
  [frame(0x01, Buffer.from("f09f", "hex")), frame(0x00, Buffer.from("98", "hex")), frame(0x80, Buffer.from("80", "hex"))],
];

const mutations: ((frames: Buffer[], random: Random) => Buffer[])[] = [
  // A bit flips, in a header more often than not.
  (frames, random) => changeOne(frames, random, (bytes) => flip(bytes, random(2) === 0 ? 2 : bytes.length, random)),
  // The length changes, and the payload does not.
  (frames, random) => changeOne(frames, random, (bytes) => void (bytes[1] = 0x80 | random(128))),
  (frames, random) => changeOne(frames, random, (bytes) => void (bytes[random(bytes.length)] = random(256))),
  // A frame is cut short, is there twice, gets lost, or changes places.
  (frames, random) => replace(frames, random, (bytes) => [bytes.subarray(0, random(bytes.length))]),
  (frames, random) => replace(frames, random, (bytes) => [bytes, bytes]),
  (frames, random) => replace(frames, random, () => []),
  (frames, random) => replace(frames, random, (bytes) => [pick(pick(corpus, random), random), bytes]),
  (frames) => frames.toReversed(),
  // Noise comes in between.
  (frames, random) => replace(frames, random, (bytes) => [noise(random), bytes]),
  (_, random) => [noise(random)],
];

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[random(items.length)] as Item;
}

function noise(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random(24) }, () => random(256)));
}

function flip(bytes: Buffer, before: number, random: Random): void {
  const at = random(before);
  bytes[at] = bytes.readUInt8(at) ^ (1 << random(8));
}

function replace(frames: Buffer[], random: Random, by: (frame: Buffer) => Buffer[]): Buffer[] {
  const chosen = random(frames.length);
  return frames.flatMap((bytes, i) => (i === chosen ? by(bytes) : [bytes]));
}

function changeOne(frames: Buffer[], random: Random, change: (frame: Buffer) => void): Buffer[] {
  return replace(frames, random, (bytes) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 1) change(changed);
    return [changed];
  });
}

function mutate(random: Random): Buffer {
  let frames = pick(corpus, random);
  for (let i = random(3); i >= 0; i--) {
    const mutated = pick(mutations, random)(frames, random);
    if (mutated.length > 0) frames = mutated;
  }
  return Buffer.concat(frames);
}

const order = { open: 0, closing: 1, closed: 2 };

/** A conversation with an application that echoes, and what the application and the peer see of it. */
class Conversation {
  events: string[] = [];
  #sent: Buffer[] = [];
  #protocol: Protocol;
  #state: Protocol["state"] = "open";
  #closes = 0;
  #ends = 0;

  constructor() {
    this.#protocol = new Protocol(
      {
        onBytes: (bytes) => this.#onBytes(bytes),
        onEnd: () => void (this.#ends += 1),
        onMessage: (data, isBinary) => this.#onMessage(data, isBinary),
        onError: (error) => void this.events.push(`error ${error.code}`),
      },
      { maxPayload: MAX_PAYLOAD },
    );
  }

  receive(chunk: Buffer): void {
    this.#protocol.receive(chunk);
    const { state } = this.#protocol;
    assert.ok(order[state] >= order[this.#state], `the state goes back from ${this.#state} to ${state}`);
    assert.equal(this.#ends, state === "closed" ? 1 : 0, "our side of TCP ends once, when all is closed");
    if (state === "closed") assert.equal(this.#protocol.send(Buffer.from("too late"), false), false);
    this.#state = state;
  }

  /** What the peer got, and what the application heard. */
  finish(): { sent: Buffer; events: string } {
    const { state, closeCode, closeReason } = this.#protocol;
    return { sent: Buffer.concat(this.#sent), events: `${this.events.join()} ${state} ${closeCode} ${closeReason}` };
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    assert.ok(data.length <= MAX_PAYLOAD);
    const text = data.toString("latin1");
    this.events.push(`${isBinary}:${text}`);
    if (text === "end") this.#protocol.receiveEnd();
    else if (text.startsWith("close")) this.#protocol.close(4001, "bye");
    else this.#protocol.send(data, isBinary);
  }

  #onBytes(bytes: Buffer): void {
    assert.equal(this.#ends, 0, "bytes after the end");
    const opcode = bytes.readUInt8(0) & 0xf;
    if (this.#closes > 0) assert.equal(opcode, 10, `opcode ${opcode} after a Close frame`);
    if (opcode === 8) this.#closes += 1;
    this.#sent.push(bytes);
  }
}

/** Fails unless the bytes are whole frames, as a server may send them. */
function checkFrames(bytes: Buffer): void {
  let isInside = false;
  new FrameParser().push(Buffer.from(bytes), {
    onHeader({ fin, rsv, opcode, length, key }) {
      isInside = true;
      assert.ok([1, 2, 8, 10].includes(opcode), `opcode ${opcode} was sent`);
      assert.ok(fin && rsv === 0 && key === undefined, "a frame is not final, or masked, or has a reserved bit");
      assert.ok(opcode < 8 || length <= 125, "a control frame is too long");
    },
    onPayload() {},
    onFrameEnd: () => void (isInside = false),
  });
  assert.equal(isInside, false, "the last frame is cut off");
}

function converse(chunks: Buffer[]): { sent: Buffer; events: string } {
  const conversation = new Conversation();
  for (const chunk of chunks) conversation.receive(Buffer.from(chunk));
  return conversation.finish();
}

function split(bytes: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  const most = 1 + random(20);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random(most);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

function tryOne(bytes: Buffer, random: Random): void {
  const whole = converse([bytes]);
  checkFrames(whole.sent);
  if (random(4) > 0) return;
  const cut = converse(split(bytes, random));
  assert.equal(cut.events, whole.events, "cut into chunks, it tells something else");
  assert.ok(cut.sent.equals(whole.sent), "cut into chunks, it sends something else");
}

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

// Most inputs end in an error, and nobody reads their stacks.
Error.stackTraceLimit = 0;
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test(`fuzz: ${runs} mutated streams`, (context) => {
  context.diagnostic(`FUZZ_SEED=${seed}`);
  const random = randomNumbers(seed);
  let heapAtFirst = 0;
  for (let run = 0; run < runs; run++) {
    const bytes = mutate(random);
    try {
      tryOne(bytes, random);
    } catch (error) {
      const message = `FUZZ_SEED=${seed}, run ${run}, bytes ${bytes.toString("hex")}: ${(error as Error).message}`;
      throw new Error(message, { cause: error });
    }
    if (run === Math.floor(runs / 10)) heapAtFirst = heapUsed();
  }
  const growth = heapUsed() - heapAtFirst;
  assert.ok(growth < heapAtFirst * 0.5, `FUZZ_SEED=${seed}: the heap has grown by ${growth} from ${heapAtFirst} bytes`);
});
