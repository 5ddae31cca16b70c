import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from "node:zlib";
import { MessageCompression } from "./message-compression.ts";
import type { Agreement } from "./permessage-deflate.ts";
import { ProtocolError } from "./protocol-error.ts";

const MIB = 1024 * 1024;
const FLUSH_TAIL = Buffer.from("0000ffff", "hex");

/** Set SEED to what a failure prints, and the same messages come again. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers that look random, the same ones for the same seed. */
function randomNumbers(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Messages of all kinds: empty, short, long, repetitive, random. */
function randomMessages(random: (below: number) => number, count: number): Buffer[] {
  const words = Array.from({ length: 200 }, () => random(2 ** 31).toString(36));
  return Array.from({ length: count }, () => {
    const length = random([1, 20, 300, 5_000, 70_000][random(5)] ?? 1);
    if (random(6) === 0) return Buffer.from(Array.from({ length }, () => random(256)));
    let text = "";
    while (text.length < length) text += words[random(words.length)] ?? "";
    return Buffer.from(text.slice(0, length));
  });
}

function hex(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(" ", ""), "hex");
}

function server(agreement: Agreement = {}): MessageCompression {
  return new MessageCompression(agreement, true);
}

function code(expected: number) {
  return (error: unknown) => error instanceof ProtocolError && error.code === expected;
}

const vectors: [title: string, payload: string, expected: string][] = [
  ["the example of section 7.2.3.1", "f2 48 cd c9 c9 07 00", "Hello"],
  ["a block without compression, section 7.2.3.3", "00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello"],
  ["a last block, section 7.2.3.4", "f3 48 cd c9 c9 07 00 00", "Hello"],
  ["a last block, and nothing behind it", "f3 48 cd c9 c9 07 00", "Hello"],
  ["two blocks, section 7.2.3.5", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"],
  ["an empty message, section 7.2.3.6", "00", ""],
  ["an empty message of no bytes", "", ""],
  ["an empty block", "02 00", ""],
  ["an empty last block", "03 00", ""],
  ["a last block that ends with what is not sent", "01", ""],
  ["a block behind a last one", "f3 48 cd c9 c9 07 00 f2 48 cd c9 c9 07 00", "HelloHello"],
  ["last blocks only", "f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00", "HelloHello"],
  ["a block that refers to what stands before a last one", "f3 48 cd c9 c9 07 00 f2 00 11 00 00", "HelloHello"],
];

for (const [title, payload, expected] of vectors) {
  test(`decompress: ${title}`, () => {
    for (const agreement of [{}, { client_no_context_takeover: true }, { client_max_window_bits: 8 }] as Agreement[]) {
      const compression = server(agreement);
      for (let i = 0; i < 3; i++) assert.equal(compression.decompress(hex(payload), 100).toString(), expected);
    }
  });
}

test("decompress: the window lasts from message to message, section 7.2.3.2, or does not", () => {
  const kept = server();
  assert.equal(kept.decompress(hex("f2 48 cd c9 c9 07 00"), 100).toString(), "Hello");
  assert.equal(kept.decompress(hex("f2 00 11 00 00"), 100).toString(), "Hello");
  const forgotten = server({ client_no_context_takeover: true });
  assert.equal(forgotten.decompress(hex("f2 48 cd c9 c9 07 00"), 100).toString(), "Hello");
  assert.throws(() => forgotten.decompress(hex("f2 00 11 00 00"), 100), code(1007));
});

const broken: [title: string, payload: string][] = [
  ["a block type that does not exist", "ff"],
  ["a message that is cut", "f2 48 cd c9"],
  ["a message without its last byte", "f2 48 cd c9 c9 07"],
  ["a distance beyond the beginning", "f2 00 11 00 00"],
  ["a length that does not fit its complement", "00 05 00 05 00 48 65 6c 6c 6f 00"],
  ["a last block that is cut, and ends in what we add", "01 05 00 fa ff"],
  ["a last block that is cut, and ends in the middle of what was not sent", "01 05 00 fa ff 41 42"],
  ["rubbish behind a last block", "f3 48 cd c9 c9 07 00 ff ff"],
  ["a flush with the bytes that must not be sent", "f2 48 cd c9 c9 07 00 00 00 ff ff"],
  ["a message that was never compressed", Buffer.from("Hello").toString("hex")],
];

for (const [title, payload] of broken) {
  test(`decompress: ${title} is 1007`, () => assert.throws(() => server().decompress(hex(payload), 100), code(1007)));
}

test("decompress: any byte changed is 1007, 1009 or another message, and never another error", () => {
  const payload = server().compress(Buffer.from("websockets are great, are they not? ".repeat(5)), true);
  for (let at = 0; at < payload.length; at++) {
    for (const flip of [1, 0x10, 0x80, 0xff]) {
      const changed = Buffer.from(payload);
      changed[at] = (changed[at] ?? 0) ^ flip;
      try {
        server().decompress(changed, 1000);
      } catch (error) {
        assert.ok(error instanceof ProtocolError && [1007, 1009].includes(error.code), String(error));
      }
    }
  }
});

test("decompress: the limit holds exactly, with and without last blocks", () => {
  const hello = "f2 48 cd c9 c9 07 00";
  assert.equal(server().decompress(hex(hello), 5).toString(), "Hello");
  assert.throws(() => server().decompress(hex(hello), 4), code(1009));
  assert.throws(() => server().decompress(hex(hello), 0), code(1009));
  assert.equal(server().decompress(hex("00"), 0).length, 0);
  assert.throws(() => server().decompress(server().compress(Buffer.from("1"), true), 0), code(1009));
  const twice = `f3 48 cd c9 c9 07 00 ${hello}`;
  assert.equal(server().decompress(hex(twice), 10).length, 10);
  for (const limit of [5, 9]) assert.throws(() => server().decompress(hex(twice), limit), code(1009));
  assert.equal(server().decompress(hex(hello), Infinity).length, 5);
  assert.equal(server().decompress(hex(hello), 5.5).length, 5);
});

test("decompress: a bomb is 1009, and little of it is ever there", () => {
  const bomb = deflateRawSync(Buffer.alloc(200 * MIB), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 5; i++) assert.throws(() => server().decompress(bomb, MIB), code(1009));
  assert.ok(process.memoryUsage.rss() - before < 50 * MIB);
});

test("decompress: a thousand last blocks are 1009, a hundred are not", () => {
  assert.equal(server().decompress(hex("03 00".repeat(100)), 100).length, 0);
  assert.throws(() => server().decompress(hex("03 00".repeat(1000)), 100), code(1009));
  assert.throws(() => server().decompress(hex("03 00".repeat(101)), 100), /too many last blocks/);
});

test("decompress: a short message does not keep a large piece of memory", () => {
  const compression = server();
  const kept = Array.from({ length: 20 }, () => compression.decompress(hex("f2 48 cd c9 c9 07 00"), MIB));
  for (const message of kept) assert.equal(message.buffer.byteLength, 5);
});

test("decompress: what is not the peer's fault is not called so", () => {
  assert.throws(() => server().decompress(null as never, 1), TypeError);
  assert.throws(() => new MessageCompression({ client_max_window_bits: 99 }, true).decompress(hex("00"), 1), RangeError);
});

test("compress: the examples of section 7.2.3, and an empty message is one byte", () => {
  const compression = server();
  assert.equal(compression.compress(Buffer.from("Hello"), true).toString("hex"), "f248cdc9c90700");
  assert.equal(compression.compress(Buffer.from("Hello"), true).toString("hex"), "f200110000");
  assert.equal(compression.compress(Buffer.alloc(0), true).toString("hex"), "00");
  const forgetful = server({ server_no_context_takeover: true });
  for (let i = 0; i < 2; i++) {
    assert.equal(forgetful.compress(Buffer.from("Hello"), true).toString("hex"), "f248cdc9c90700");
  }
});

test("compress: fragments of one message share a window, whatever was agreed on", () => {
  const text = Buffer.from("one two three four five six seven eight nine ten");
  for (const agreement of [{}, { server_no_context_takeover: true }] as Agreement[]) {
    const sender = server(agreement);
    const receiver = new MessageCompression(agreement, false);
    for (let i = 0; i < 3; i++) {
      const first = sender.compress(text, false);
      const second = sender.compress(text, true);
      assert.ok(second.length < 10, `the second fragment has ${second.length} bytes`);
      assert.ok(first.subarray(-4).equals(FLUSH_TAIL) && !second.subarray(-4).equals(FLUSH_TAIL));
      const message = receiver.decompress(Buffer.concat([first, second]), 1000);
      assert.equal(message.toString(), `${text}${text}`);
    }
  }
});

test("isWorthwhile: the threshold counts only without a window", () => {
  const forgetful: Agreement = { server_no_context_takeover: true };
  assert.equal(server().isWorthwhile(1), true);
  assert.equal(server(forgetful).isWorthwhile(1023), false);
  assert.equal(server(forgetful).isWorthwhile(1024), true);
  assert.equal(new MessageCompression(forgetful, true, { threshold: 0 }).isWorthwhile(0), true);
  assert.equal(new MessageCompression(forgetful, false, { threshold: 10 }).isWorthwhile(1), true);
});

test("the options of zlib count", () => {
  const text = Buffer.from(Array.from({ length: 500 }, (_, i) => `${i * 7919}`).join());
  const length = (level: number) => new MessageCompression({}, true, { zlibDeflateOptions: { level } }).compress(text, true).length;
  assert.ok(length(0) > text.length && length(9) < length(1));
});

for (const bits of [8, 9, 10, 12, 15]) {
  for (const isKept of [true, false]) {
    const flags: Agreement = isKept ? {} : { server_no_context_takeover: true, client_no_context_takeover: true };
    const agreement = { ...flags, server_max_window_bits: bits, client_max_window_bits: bits };

    test(`${bits} bits, ${isKept ? "with" : "without"} takeover: streams of zlib understand us, and we them`, async () => {
      const random = randomNumbers(seed);
      const ours = server(agreement);
      // zlib itself cannot deflate raw with 8 bits.
      const theirs = new Streams(bits, isKept);
      const sent: Buffer[] = [];
      for (const [i, message] of randomMessages(random, 120).entries()) {
        const what = `message ${i} of ${message.length} bytes, SEED=${seed}`;
        const at = random(message.length + 1);
        const parts = random(3) === 0 ? [message.subarray(0, at), message.subarray(at)] : [message];
        const compressed = Buffer.concat(parts.map((part, j) => ours.compress(part, j === parts.length - 1)));
        sent.push(compressed, FLUSH_TAIL);
        assert.ok((await theirs.inflate(compressed)).equals(message), `${what}, ours to theirs`);
        assert.ok(ours.decompress(await theirs.deflate(message), message.length).equals(message), `${what}, theirs to ours`);
        if (!isKept) assert.ok(largestDistance([compressed, FLUSH_TAIL]) <= 2 ** bits, what);
      }
      if (isKept) assert.ok(largestDistance(sent) <= 2 ** bits, `a distance beyond the window, SEED=${seed}`);
      theirs.close();
    });
  }
}

test("largestDistance finds it", () => {
  const half = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * i) % 251));
  const data = Buffer.concat([half, Buffer.alloc(5_000, 7), half]);
  assert.equal(largestDistance([deflateRawSync(data)]), 5_300);
  assert.equal(largestDistance([deflateRawSync(Buffer.alloc(100, 7), { level: 9 })]), 1);
  assert.equal(largestDistance([deflateRawSync(half, { level: 0 })]), 0);
});

/** The other side as most libraries have it: a deflate and an inflate stream that live on. */
class Streams {
  #bits: number;
  #isKept: boolean;
  #deflate;
  #inflate;

  constructor(bits: number, isKept: boolean) {
    this.#bits = bits;
    this.#isKept = isKept;
    this.#deflate = createDeflateRaw({ windowBits: Math.max(bits, 9) });
    this.#inflate = createInflateRaw({ windowBits: bits });
  }

  async deflate(message: Buffer): Promise<Buffer> {
    if (!this.#isKept) this.#deflate = createDeflateRaw({ windowBits: Math.max(this.#bits, 9) });
    const flushed = await through(this.#deflate, message);
    return flushed.subarray(0, -4);
  }

  async inflate(payload: Buffer): Promise<Buffer> {
    if (!this.#isKept) this.#inflate = createInflateRaw({ windowBits: this.#bits });
    return through(this.#inflate, Buffer.concat([payload, FLUSH_TAIL]));
  }

  close(): void {
    this.#deflate.close();
    this.#inflate.close();
  }
}

async function through(stream: ReturnType<typeof createDeflateRaw> | ReturnType<typeof createInflateRaw>, data: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  const collect = (part: Buffer) => void parts.push(part);
  stream.on("data", collect);
  const failed = once(stream, "error").then(([error]) => Promise.reject(error as Error));
  stream.write(data);
  await Promise.race([failed, new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, resolve))]);
  stream.off("data", collect);
  return Buffer.concat(parts);
}

// A small inflater, of which only the distances are wanted: zlib's own inflater takes one that is too
// long for the window whenever the bytes happen to be there still. RFC 1951, section 3.2.

const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_EXTRA = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Codes by their bits, with a 1 in front so that their length counts. */
type Codes = Map<number, number>;

class Bits {
  #bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length * 8;
  }

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      value |= (((this.#bytes[this.position >> 3] ?? 0) >> (this.position & 7)) & 1) << i;
      this.position++;
    }
    return value;
  }

  symbol(codes: Codes): number {
    for (let code = 1, length = 0; length <= 15; length++) {
      const symbol = codes.get(code);
      if (symbol !== undefined) return symbol;
      code = (code << 1) | this.take(1);
    }
    throw new Error("no such code");
  }

  align(): void {
    this.position = (this.position + 7) & ~7;
  }
}

function codesOf(lengths: number[]): Codes {
  const codes: Codes = new Map();
  let code = 0;
  for (let length = 1; length <= 15; length++, code <<= 1) {
    for (const [symbol, its] of lengths.entries()) {
      if (its === length) codes.set((1 << length) | code++, symbol);
    }
  }
  return codes;
}

const FIXED = codesOf(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)));
const FIXED_DISTANCES = codesOf(Array<number>(30).fill(5));

function readCodes(bits: Bits): [Codes, Codes] {
  const [literals, distances, count] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
  const lengthLengths = Array<number>(19).fill(0);
  for (const symbol of CODE_LENGTH_ORDER.slice(0, count)) lengthLengths[symbol] = bits.take(3);
  const lengthCodes = codesOf(lengthLengths);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const symbol = bits.symbol(lengthCodes);
    if (symbol < 16) lengths.push(symbol);
    else if (symbol === 16) lengths.push(...Array<number>(3 + bits.take(2)).fill(lengths.at(-1) ?? 0));
    else lengths.push(...Array<number>(symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7)).fill(0));
  }
  return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))];
}

/** The largest distance that a raw deflate stream goes back. It may end after any block. */
function largestDistance(stream: Buffer[]): number {
  const bits = new Bits(Buffer.concat(stream));
  let largest = 0;
  for (let isLast = false; !isLast && !bits.isAtEnd; ) {
    isLast = bits.take(1) === 1;
    const type = bits.take(2);
    if (type === 0) {
      bits.align();
      const length = bits.take(16);
      bits.position += 16 + 8 * length;
      continue;
    }
    const [literals, distances] = type === 1 ? [FIXED, FIXED_DISTANCES] : readCodes(bits);
    for (let symbol = bits.symbol(literals); symbol !== 256; symbol = bits.symbol(literals)) {
      if (symbol < 256) continue;
      bits.take(LENGTH_EXTRA[symbol - 257] ?? 0);
      const distance = bits.symbol(distances);
      largest = Math.max(largest, (DISTANCE_BASE[distance] ?? 0) + bits.take(DISTANCE_EXTRA[distance] ?? 0));
    }
  }
  return largest;
}

test("last blocks behind a bomb cost no memory each", (context) => {
  const bomb = deflateRawSync(Buffer.alloc(MIB));
  const emptyBlocks = Buffer.concat(Array.from({ length: 90 }, () => Buffer.from([0x03, 0x00])));
  const allocated = (payload: Buffer): number => {
    const alloc = context.mock.method(Buffer, "alloc");
    assert.equal(server().decompress(payload, MIB).length, MIB);
    const sum = alloc.mock.calls.reduce((total, call) => total + call.arguments[0], 0);
    alloc.mock.restore();
    return sum;
  };
  const plain = allocated(bomb);
  const tailed = allocated(Buffer.concat([bomb, emptyBlocks]));
  // The window is at most 32 KiB, and the message is put together once.
  assert.ok(tailed < 5 * plain, `${tailed} bytes instead of ${plain}`);
});

test("a long message that is compressed holds no more memory than its own", () => {
  // Half of it is left: too much for Node's pool.
  const text = Buffer.from(randomBytes(MIB).toString("hex"));
  const compressed = new MessageCompression({}, true).compress(text, true);
  assert.ok(compressed.buffer.byteLength < compressed.length + 32 * 1024, `${compressed.buffer.byteLength} for ${compressed.length}`);
});
