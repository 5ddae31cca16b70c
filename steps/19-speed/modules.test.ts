import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "node:test";
import fc from "fast-check";
import { isControl, isKnownOpcode, isValidCloseCode, Opcode } from "./constants.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { checkHeader, decodeHeader, encodeFrame, headerLength, type FrameHeader } from "./frame.ts";
import { copyOf } from "./data.ts";
import { xorMask } from "./mask.ts";
import { MessageAssembler } from "./message-assembler.ts";
import { ProtocolError } from "./protocol-error.ts";
import { Utf8Checker } from "./utf8.ts";

const KEY = Buffer.from("a1b2c3d4", "hex");

/** A frame as a client sends it. `first` is its first byte: FIN, the reserved bits, the opcode. */
function frame(first: number, payload: Buffer | string = ""): Buffer {
  const masked = Buffer.from(payload);
  masked.forEach((byte, i) => (masked[i] = byte ^ KEY.readUInt8(i % 4)));
  return Buffer.concat([frameHeader(first, masked.length), masked]);
}

function frameHeader(first: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, 0x80 | length, ...KEY]);
  if (length < 65536) return Buffer.from([first, 0xfe, length >> 8, length & 0xff, ...KEY]);
  const long = Buffer.alloc(8);
  long.writeBigUInt64BE(BigInt(length));
  return Buffer.from([first, 0xff, ...long, ...KEY]);
}

function hex(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(" ", ""), "hex");
}

/** The bytes whole, byte by byte, and cut in two at every offset. Chunks are copies, as from a socket. */
function waysToCut(bytes: Buffer): Buffer[][] {
  const ways = [cutAt(bytes, []), cutAt(bytes, bytes.keys())];
  for (let at = 1; at < bytes.length; at++) {
    // In the middle of a long payload, one offset is like the next.
    if (bytes.length < 500 || at < 20 || at > bytes.length - 5) ways.push(cutAt(bytes, [at]));
  }
  return ways;
}

function cutAt(bytes: Buffer, offsets: Iterable<number>): Buffer[] {
  const ends = [...new Set([0, ...offsets, bytes.length])].sort((a, b) => a - b);
  return ends.slice(1).map((end, i) => Buffer.from(bytes.subarray(ends[i], end)));
}

/** A stream, and where it is cut. */
function streamAndCuts(stream: fc.Arbitrary<Buffer>): fc.Arbitrary<[Buffer, number[]]> {
  return stream.chain((bytes) =>
    fc.tuple(fc.constant(bytes), fc.array(fc.nat(bytes.length), { maxLength: 12 })),
  );
}

const payloads = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const randomBytes = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));

const headerLengths: [second: number, length: number][] = [
  [0, 2], [125, 2], [126, 4], [127, 10], [0x80, 6], [0x80 | 125, 6], [0x80 | 126, 8], [0x80 | 127, 14],
];

test("headerLength: two bytes, and what the second announces", () => {
  for (const [second, length] of headerLengths) assert.equal(headerLength(second), length, `${second}`);
});

test("decodeHeader: the key is a number, its first byte lowest, wherever the header lies", () => {
  for (const start of [0, 1, 7]) {
    const { key } = decodeHeader(Buffer.concat([Buffer.alloc(start), hex("81 85 37fa213d")]), start);
    assert.equal(key, 0x3d21fa37);
  }
});

test("encodeFrame and decodeHeader are inverse, and write the shortest form", () => {
  const lengths = fc.oneof(fc.nat(300), fc.integer({ min: 65000, max: 66000 }));
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(Opcode)), lengths, (opcode, length) => {
      const bytes = encodeFrame(opcode, Buffer.alloc(length, "abc"));
      const header = decodeHeader(bytes, 0);
      assert.equal(header.fin, true);
      assert.equal(header.opcode, opcode);
      assert.equal(header.length, length);
      assert.equal(header.key, undefined);
      assert.equal(headerLength(bytes.readUInt8(1)) + length, bytes.length);
      assert.equal(bytes.length - length, length < 126 ? 2 : length < 65536 ? 4 : 10);
    }),
  );
});

test("xorMask: as byte by byte, at any place, with any part before it, and it tells ASCII", () => {
  const lengths = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 900, max: 2500 }));
  const places = fc.tuple(lengths, fc.nat(16), fc.nat(2500), fc.nat(2500));
  fc.assert(
    fc.property(places, fc.integer(), fc.nat(9), fc.integer(), ([length, offset, a, b], key, phase, seed) => {
      // At an offset in larger memory: words have to be found at multiples of their size.
      const memory = Buffer.alloc(offset + length + 20, "#");
      for (let i = 0; i < length; i++) memory[offset + i] = Math.imul(i + 1, seed) >>> 11;
      const [start, end] = [Math.min(a, b, length), Math.min(Math.max(a, b), length)];
      const expected = memory.map((byte, i) => {
        const at = i - offset;
        return at < start || at >= end ? byte : byte ^ (key >>> (((phase + at - start) % 4) * 8));
      });
      const isAscii = xorMask(memory.subarray(offset, offset + length), key, phase, start, end);
      assert.deepEqual(memory, Buffer.from(expected));
      const reallyIs = memory.subarray(offset + start, offset + end).every((byte) => byte < 0x80);
      // Of many bytes, it may not have looked.
      assert.ok(end - start < 512 ? isAscii === reallyIs : !isAscii || reallyIs);
    }),
    { numRuns: 1_000 },
  );
});

test("xorMask: one byte that is not ASCII is seen, wherever it is", () => {
  // So many that the payload has bytes before, in and behind the words; the chunk is long enough for words.
  const chunk = Buffer.alloc(1100);
  for (let at = 3; at < 103; at++) {
    chunk.fill("a");
    xorMask(chunk, 0x7f5c3a19, 0, 3, 103);
    const copy = Buffer.from(chunk);
    assert.equal(xorMask(copy, 0x7f5c3a19, 0, 3, 103), true);
    chunk[at] = (chunk[at] as number) ^ 0x80;
    assert.equal(xorMask(chunk, 0x7f5c3a19, 0, 3, 103), false, `byte ${at}`);
  }
});

test("xorMask: what it has looked at is not kept", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const used = async () => {
    for (let i = 0; i < 2; i++) {
      collectGarbage();
      await turn();
    }
    return process.memoryUsage().arrayBuffers;
  };
  const before = await used();
  (() => xorMask(Buffer.alloc(64 * 1024 * 1024), 0x04030201, 0))();
  (() => xorMask(Buffer.alloc(64 * 1024 * 1024), 0x04030201, 0, 0, 100))();
  assert.ok((await used()) - before < 32 * 1024 * 1024);
});

test("copyOf: nobody can take the memory of other copies away", () => {
  const [one, two] = [copyOf(Buffer.from("one")), copyOf(Buffer.from("two"))] as const;
  assert.equal(one.buffer, two.buffer);
  try {
    structuredClone(one, { transfer: [one.buffer as ArrayBuffer] });
  } catch (error) {
    // Node 20 makes a copy instead.
    assert.equal((error as Error).name, "DataCloneError");
  }
  assert.equal(two.toString(), "two");
});

test("xorMask: twice is once too often, and any two halves are a whole", () => {
  fc.assert(
    fc.property(payloads, fc.nat(300), (payload, cut) => {
      const bytes = Buffer.from(payload);
      xorMask(bytes, 0x04030201, 0, 0, Math.min(cut, bytes.length));
      xorMask(bytes, 0x04030201, cut, Math.min(cut, bytes.length));
      const whole = Buffer.from(payload);
      xorMask(whole, 0x04030201, 0);
      assert.deepEqual(bytes, whole);
      xorMask(whole, 0x04030201, 0);
      assert.deepEqual(whole, payload);
    }),
  );
});

const encoded: [length: number, header: string][] = [
  [0, "82 00"],
  [1, "82 01"],
  [125, "82 7d"],
  [126, "82 7e 007e"],
  [127, "82 7e 007f"],
  [255, "82 7e 00ff"],
  [256, "82 7e 0100"],
  [65535, "82 7e ffff"],
  [65536, "82 7f 0000000000010000"],
  [70000, "82 7f 0000000000011170"],
];

for (const [length, header] of encoded) {
  test(`encodeFrame: ${length} bytes`, () => {
    const payload = Buffer.alloc(length, 0x61);
    assert.deepEqual(encodeFrame(Opcode.Binary, payload), Buffer.concat([hex(header), payload]));
  });
}

test("encodeFrame: the RFC's unmasked Hello", () => {
  assert.deepEqual(encodeFrame(Opcode.Text, Buffer.from("Hello")), hex("81 05 48656c6c6f"));
});

const headers: [title: string, bytes: string, refused: boolean][] = [
  ["a text", "81 80 a1b2c3d4", false],
  ["a first fragment", "02 80 a1b2c3d4", false],
  ["a last fragment", "80 80 a1b2c3d4", false],
  ["a ping of 125 bytes", "89 fd a1b2c3d4", false],
  ["a close", "88 80 a1b2c3d4", false],
  ["a pong", "8a 80 a1b2c3d4", false],
  ["a terabyte, which is not this function's business", "82 ff 0000010000000000 a1b2c3d4", false],
  ["no mask", "81 00", true],
  ["no mask on a control frame", "89 00", true],
  ["RSV1", "c1 80 a1b2c3d4", true],
  ["RSV2", "a1 80 a1b2c3d4", true],
  ["RSV3", "91 80 a1b2c3d4", true],
  ["RSV1 on a control frame", "c9 80 a1b2c3d4", true],
  ["a ping that is not final", "09 80 a1b2c3d4", true],
  ["a close that is not final", "08 80 a1b2c3d4", true],
  ["a ping of 126 bytes", "89 fe 007e a1b2c3d4", true],
  ["a pong of 65536 bytes", "8a ff 0000000000010000 a1b2c3d4", true],
  ...[3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf].map(
    (opcode): [string, string, boolean] => [`opcode ${opcode}`, `8${opcode.toString(16)} 80 a1b2c3d4`, true],
  ),
];

for (const [title, bytes, refused] of headers) {
  test(`checkHeader ${refused ? "refuses" : "takes"} ${title}`, () => {
    const check = () => checkHeader(decodeHeader(hex(bytes), 0));
    if (refused) assert.throws(check, { name: "ProtocolError", code: 1002 });
    else check();
  });
}

test("isControl: opcodes from 8 on", () => {
  for (let opcode = 0; opcode < 16; opcode++) assert.equal(isControl(opcode), opcode >= 8, `${opcode}`);
});

test("isKnownOpcode: six of sixteen", () => {
  const known = [...Array(16).keys()].filter(isKnownOpcode);
  assert.deepEqual(known, [0, 1, 2, 8, 9, 10]);
});

test("isValidCloseCode: the registered ones, and 3000 to 4999", () => {
  const registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  for (let code = 0; code < 65536; code++) {
    const valid = registered.includes(code) || (code >= 3000 && code <= 4999);
    assert.equal(isValidCloseCode(code), valid, `${code}`);
  }
  for (const code of [-1, Number.NaN, Infinity]) assert.equal(isValidCloseCode(code), false, `${code}`);
});

/** What the parser finds, line by line; adjacent parts of a payload are one. */
function parse(chunks: Buffer[]): string[] {
  const events: string[] = [];
  const parser = new FrameParser();
  let payload: Buffer[] = [];
  const closePayload = () => {
    if (payload.length > 0) events.push(`payload ${Buffer.concat(payload).toString("hex")}`);
    payload = [];
  };
  const sink: FrameSink = {
    onHeader: (header) => void events.push(describe(header)),
    onPayload: (_, part) => {
      assert.ok(part.length > 0, "an empty part");
      payload.push(part);
    },
    onFrameEnd() {
      closePayload();
      events.push("end");
    },
  };
  try {
    for (const chunk of chunks) parser.push(chunk, sink);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    events.push(`error ${error.code}`);
  }
  closePayload();
  return events;
}

function describe({ fin, rsv, opcode, length, key }: FrameHeader): string {
  const flags = `${fin ? "fin " : ""}${rsv > 0 ? `rsv ${rsv} ` : ""}`;
  return `${flags}opcode ${opcode} ${length}${key !== undefined ? ` key ${keyBytes(key).toString("hex")}` : ""}`;
}

function keyBytes(key: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(key);
  return bytes;
}

const streams: [title: string, bytes: Buffer, ...events: string[]][] = [
  ["nothing", Buffer.alloc(0)],
  ["half a header", hex("81")],
  ["a header without its key", hex("81 85 37 fa 21")],
  ["the RFC's masked Hello", hex("81 85 37fa213d 7f9f4d5158"), "fin opcode 1 5 key 37fa213d", "payload 48656c6c6f", "end"],
  ["the RFC's unmasked Hello", hex("81 05 48656c6c6f"), "fin opcode 1 5", "payload 48656c6c6f", "end"],
  ["an empty frame", hex("81 80 a1b2c3d4"), "fin opcode 1 0 key a1b2c3d4", "end"],
  ["an empty, unmasked frame", hex("8a 00"), "fin opcode 10 0", "end"],
  ["a payload that is not complete", hex("02 03 0102"), "opcode 2 3", "payload 0102"],
  ["two frames, the first not final", hex("01 01 61 80 01 62"), "opcode 1 1", "payload 61", "end", "fin opcode 0 1", "payload 62", "end"],
  ["125 bytes", hex(`82 7d ${"7f".repeat(125)}`), "fin opcode 2 125", `payload ${"7f".repeat(125)}`, "end"],
  ["126 bytes", hex(`82 7e 007e ${"7f".repeat(126)}`), "fin opcode 2 126", `payload ${"7f".repeat(126)}`, "end"],
  ["127 bytes", hex(`82 7e 007f ${"7f".repeat(127)}`), "fin opcode 2 127", `payload ${"7f".repeat(127)}`, "end"],
  ["65535 bytes", hex(`82 7e ffff ${"7f".repeat(65535)}`), "fin opcode 2 65535", `payload ${"7f".repeat(65535)}`, "end"],
  ["65536 bytes", hex(`82 7f 0000000000010000 ${"7f".repeat(65536)}`), "fin opcode 2 65536", `payload ${"7f".repeat(65536)}`, "end"],
  ["a masked frame of 126 bytes", frame(0x82, Buffer.alloc(126)), "fin opcode 2 126 key a1b2c3d4", `payload ${"00".repeat(126)}`, "end"],
  ["a declared terabyte", hex("82 7f 0000010000000000 01"), "fin opcode 2 1099511627776", "payload 01"],
  ["2^53, where numbers begin to be rounded", hex("82 7f 0020000000000000 01"), "fin opcode 2 9007199254740992", "payload 01"],
  ["all reserved bits", hex("f1 00"), "fin rsv 7 opcode 1 0", "end"],
  ["the middle reserved bit", hex("20 00"), "rsv 2 opcode 0 0", "end"],
  ["0 bytes in 16 bits", hex("82 7e 0000"), "error 1002"],
  ["125 bytes in 16 bits", hex("82 7e 007d"), "error 1002"],
  ["125 bytes in 64 bits", hex("82 7f 000000000000007d"), "error 1002"],
  ["65535 bytes in 64 bits", hex("82 ff 000000000000ffff a1b2c3d4"), "error 1002"],
  ["the top bit of a length", hex("82 7f 8000000000000000"), "error 1002"],
  ["all bits of a length", hex("82 7f ffffffffffffffff"), "error 1002"],
  ["the largest length that is allowed", hex("82 7f 7fffffffffffffff"), "fin opcode 2 9223372036854776000"],
];

for (const [title, bytes, ...events] of streams) {
  test(`FrameParser: ${title}`, () => {
    for (const chunks of waysToCut(bytes)) assert.deepEqual(parse(chunks), events);
  });
}

test("FrameParser: any stream gives the same, however it is cut", () => {
  const frames = fc.array(fc.tuple(fc.nat(255), payloads), { maxLength: 5 });
  const valid = frames.map((all) => Buffer.concat(all.map(([first, payload]) => frame(first, payload))));
  fc.assert(
    fc.property(streamAndCuts(fc.oneof(valid, randomBytes)), ([bytes, cuts]) => {
      assert.deepEqual(parse(cutAt(bytes, cuts)), parse(cutAt(bytes, [])));
    }),
  );
});

test("FrameParser: once it is stopped, it looks at nothing more", () => {
  const parser = new FrameParser();
  const seen: number[] = [];
  const sink: FrameSink = {
    onHeader: ({ opcode }) => void seen.push(opcode),
    onPayload: () => {},
    onFrameEnd: () => parser.stop(),
  };
  parser.push(hex("81 01 61 82 01 62"), sink);
  parser.push(hex("82 01 63"), sink);
  assert.deepEqual(seen, [1]);
});

/** A header of which only these fields matter to the assembler. */
function dataHeader(opcode: number, length: number): FrameHeader {
  return { fin: false, rsv: 0, opcode, length, key: KEY.readInt32LE() };
}

/** Each frame is its opcode and its payload. What comes out is the message, or an error's code. */
function assemble(frames: [opcode: number, payload: Buffer][], maxPayload = 8): Buffer | number {
  const message = new MessageAssembler(maxPayload);
  try {
    for (const [opcode, payload] of frames) {
      message.startFrame(dataHeader(opcode, payload.length));
      for (const byte of payload) message.append(Buffer.from([byte]));
    }
    return message.finish();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

const { Continuation, Text, Binary } = Opcode;

const assembled: [title: string, frames: [opcode: number, payload: string][], expected: string | number][] = [
  ["one frame", [[Text, "abc"]], "abc"],
  ["an empty one", [[Text, ""]], ""],
  ["three frames", [[Binary, "a"], [Continuation, "bc"], [Continuation, "d"]], "abcd"],
  ["empty frames all around", [[Text, ""], [Continuation, "a"], [Continuation, ""]], "a"],
  ["as much as is allowed", [[Text, "12345678"]], "12345678"],
  ["as much as is allowed, in two frames", [[Text, "1234"], [Continuation, "5678"]], "12345678"],
  ["one byte too much", [[Binary, "123456789"]], 1009],
  ["one byte too much, in two frames", [[Text, "1234"], [Continuation, "56789"]], 1009],
  ["a continuation of nothing", [[Continuation, "a"]], 1002],
  ["a text inside of a text", [[Text, "a"], [Text, "b"]], 1002],
  ["a binary frame inside of a text", [[Text, ""], [Binary, ""]], 1002],
];

for (const [title, frames, expected] of assembled) {
  test(`MessageAssembler: ${title}`, () => {
    const result = assemble(frames.map(([opcode, payload]) => [opcode, Buffer.from(payload)]));
    assert.equal(typeof result === "number" ? result : result.toString(), expected);
  });
}

test("MessageAssembler: refuses a header before any payload is there", () => {
  const message = new MessageAssembler(1000);
  assert.throws(() => message.startFrame(dataHeader(Binary, 2 ** 40)), { code: 1009 });
  message.startFrame(dataHeader(Binary, 999));
  message.append(Buffer.alloc(999));
  assert.throws(() => message.startFrame(dataHeader(Continuation, 2)), { code: 1009 });
});

test("MessageAssembler: begins every message anew", () => {
  const message = new MessageAssembler(5);
  const texts = ["first", "", "last"].map((text) => {
    message.startFrame(dataHeader(Text, text.length));
    assert.equal(message.opcode, Text);
    message.append(Buffer.from(text));
    return message.finish();
  });
  assert.equal(message.opcode, undefined);
  assert.deepEqual(texts.map(String), ["first", "", "last"]);
});

test("MessageAssembler: what comes in one piece is not copied", () => {
  const message = new MessageAssembler(5);
  message.startFrame(dataHeader(Binary, 3));
  const part = Buffer.from("abc");
  message.append(part);
  assert.equal(message.finish(), part);
});

test("MessageAssembler: a message of many pieces, large and small, has memory of its own, and just as much", () => {
  const message = new MessageAssembler(1_000_000);
  const parts = [20_000, 1, 2, 70_000, 3, 16 * 1024, 16 * 1024 - 1, 5].map((size, i) => Buffer.allocUnsafeSlow(size).fill(i + 1));
  const expected = Buffer.concat(parts);
  for (const [i, part] of parts.entries()) {
    message.startFrame(dataHeader(i === 0 ? Binary : Continuation, part.length));
    message.append(part);
  }
  const whole = message.finish();
  for (const part of parts) part.fill(0);
  assert.deepEqual(whole, expected);
  assert.equal(whole.buffer.byteLength, whole.length);
});

/** The memory that a parser's parts, or messages, keep alive, and how many bytes they have. */
function keptBy(chunk: Buffer, isWhole: boolean): { bytes: number; kept: number }[] {
  const found: { bytes: number; kept: number }[] = [];
  const onWhole = (payload: Buffer) => void found.push({ bytes: payload.length, kept: payload.buffer.byteLength });
  const onPayload = (_: FrameHeader, part: Buffer) => onWhole(part);
  new FrameParser().push(chunk, { onHeader() {}, onPayload, onFrameEnd() {}, takesWhole: () => isWhole, onWhole });
  return found;
}

for (const isWhole of [false, true]) {
  const what = isWhole ? "message" : "part";
  test(`FrameParser: a small ${what} of a large chunk is a copy, and does not keep the chunk alive`, () => {
    const large = Buffer.allocUnsafeSlow(16 * 1024).fill(0);
    frame(0x82, Buffer.alloc(511, 7)).copy(large);
    frame(0x82, Buffer.alloc(512, 7)).copy(large, 519);
    const [short, long] = keptBy(large, isWhole);
    assert.ok(short && short.bytes === 511 && short.kept <= 8 * 1024, `${short?.kept}`);
    assert.ok(long && long.bytes === 512 && long.kept === large.length, "512 bytes are worth it");
    const small = Buffer.allocUnsafeSlow(16 * 1024 - 1).fill(0);
    frame(0x82, Buffer.alloc(10, 7)).copy(small);
    assert.equal(keptBy(small, isWhole)[0]?.kept, small.length, "less than 16 KiB may be kept");
  });
}

for (const isWhole of [false, true]) {
  const what = isWhole ? "messages" : "parts";
  test(`FrameParser: ${what} that go to a worker with their memory do not take those behind them along`, () => {
    const { port1, port2 } = new MessageChannel();
    try {
      const chunk = Buffer.allocUnsafeSlow(50 * 208);
      for (let i = 0; i < 50; i++) frame(0x82, Buffer.alloc(200, i)).copy(chunk, i * 208);
      const heard: (number | undefined)[] = [];
      const onWhole = (payload: Buffer) => {
        heard.push(payload[0]);
        try {
          port1.postMessage(payload, [payload.buffer as ArrayBuffer]);
        } catch (error) {
          // Newer versions of Node say so; older ones send a copy.
          assert.equal((error as Error).name, "DataCloneError");
        }
      };
      const onPayload = (_: FrameHeader, part: Buffer) => onWhole(part);
      const taken = new FrameParser().push(chunk, { onHeader() {}, onPayload, onFrameEnd() {}, takesWhole: () => isWhole, onWhole });
      assert.deepEqual(heard, Array.from({ length: 50 }, (_, i) => i));
      assert.equal(taken, chunk.length);
    } finally {
      port1.close();
      port2.close();
    }
  });
}

/** The frames in a stream, and whether those that the parser told in one call were known to be ASCII. */
function framesTold(chunks: Buffer[], longest: number): { frames: string[]; ascii: boolean[]; told: number } {
  const frames: string[] = [];
  const ascii: boolean[] = [];
  let told = 0;
  let payload = "";
  const parser = new FrameParser();
  const sink: FrameSink = {
    onHeader: () => void (payload = ""),
    onPayload: (_, part) => void (payload += part.toString("hex")),
    onFrameEnd: ({ fin, rsv, opcode }) => void frames.push(`${fin} ${rsv} ${opcode} ${payload}`),
    takesWhole: (length) => length <= longest,
    onWhole(message, isBinary, isAscii) {
      told++;
      frames.push(`true 0 ${isBinary ? Binary : Text} ${message.toString("hex")}`);
      ascii.push(!isAscii || message.every((byte) => byte < 0x80));
    },
  };
  for (const chunk of chunks) parser.push(chunk, sink);
  return { frames, ascii, told };
}

test("FrameParser: a message is the same, told in one call or in three", () => {
  const first = fc.oneof(fc.constantFrom(0x81, 0x82), fc.nat(255));
  const long = fc.nat(70_000).map((length) => Buffer.alloc(length, "é"));
  const frames = fc.array(fc.tuple(first, fc.oneof(payloads, long)), { maxLength: 5 });
  const streams = frames.map((all) => Buffer.concat(all.map(([byte, payload]) => frame(byte, payload))));
  fc.assert(
    fc.property(streamAndCuts(streams), fc.nat(400), ([bytes, cuts], longest) => {
      const { frames, ascii } = framesTold(cutAt(bytes, cuts), longest);
      assert.deepEqual(frames, framesTold(cutAt(bytes, cuts), -1).frames);
      assert.ok(ascii.every(Boolean), "not ASCII");
    }),
  );
});

const shortcuts: [title: string, bytes: Buffer, told: number][] = [
  ["a text", frame(0x81, Buffer.from("a")), 1],
  ["two of 125 and 126 bytes", Buffer.concat([frame(0x82, Buffer.alloc(125)), frame(0x82, Buffer.alloc(126))]), 2],
  ["65,535 bytes", frame(0x82, Buffer.alloc(65535)), 1],
  ["65,536 bytes", frame(0x82, Buffer.alloc(65536)), 0],
  ["an empty one", frame(0x81, Buffer.alloc(0)), 0],
  ["a fragment", frame(0x01, Buffer.from("a")), 0],
  ["a compressed one", frame(0xc1, Buffer.from("a")), 0],
  ["a ping", frame(0x89, Buffer.from("a")), 0],
  ["one without a mask", hex("82 05 48656c6c6f 00"), 0],
  ["one that is not complete", hex("82 85 37fa213d 7f9f"), 0],
];

for (const [title, bytes, told] of shortcuts) {
  test(`FrameParser: ${title} is ${told === 0 ? "no message" : "told as a message"}`, () => {
    assert.equal(framesTold([bytes], 70_000).told, told);
  });
}

test("MessageAssembler: puts fragments together, whatever their sizes", () => {
  fc.assert(
    fc.property(fc.array(payloads, { minLength: 1, maxLength: 8 }), (parts) => {
      const frames = parts.map((part, i): [number, Buffer] => [i === 0 ? Binary : Continuation, part]);
      assert.deepEqual(assemble(frames, 10_000), Buffer.concat(parts));
    }),
  );
});

const messages: [title: string, opcode: number, frames: string[], expected: string | number][] = [
  ["a code point that straddles three frames", Text, ["e2", "82", "ac"], "€"],
  ["a bad byte", Text, ["61", "ff"], 1007],
  ["half a code point at the end", Text, ["e2 82"], 1007],
  ["half a code point and an empty frame", Text, ["e2 82", ""], 1007],
  ["half a code point and something else", Text, ["e2", "61"], 1007],
  ["the same bytes, but binary", Binary, ["e2"], "\ufffd"],
];

for (const [title, opcode, parts, expected] of messages) {
  test(`MessageAssembler: ${title}`, () => {
    const frames = parts.map((part, i): [number, Buffer] => [i === 0 ? opcode : Continuation, hex(part)]);
    const result = assemble(frames);
    assert.equal(typeof result === "number" ? result : result.toString(), expected);
  });
}

test("MessageAssembler: says so at the bad byte, not at the end", () => {
  const message = new MessageAssembler(1000);
  message.startFrame(dataHeader(Text, 1000));
  message.append(Buffer.from("good so far"));
  assert.throws(() => message.append(hex("ff")), { code: 1007 });
});

/** Which byte is refused: an offset, the length if it is the end, or -1 if the text is right. */
function badByte(bytes: Buffer): number {
  const checker = new Utf8Checker();
  for (const [at, byte] of bytes.entries()) {
    if (isRefused(() => checker.push(Buffer.from([byte])))) return at;
  }
  return isRefused(() => checker.end()) ? bytes.length : -1;
}

function isRefused(check: () => void): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== 1007) throw error;
    return true;
  }
}

// The second column is Unicode's table 3-7: the byte with which no text can begin any more.
const texts: [bytes: string, bad: number, title: string][] = [
  ["", -1, "nothing"],
  ["00 7f", -1, "the limits of one byte"],
  ["c280 dfbf", -1, "the limits of two bytes"],
  ["e0a080 ed9fbf ee8080 efbfbf", -1, "the limits of three bytes, around the surrogates"],
  ["f0908080 f48fbfbf", -1, "the limits of four bytes"],
  ["efbbbf 61", -1, "a byte order mark"],
  ["efbfbe efbfbf", -1, "noncharacters"],
  ["61 80", 1, "a continuation byte without a start"],
  ["bf", 0, "the last continuation byte without a start"],
  ["c0 80", 0, "an overlong zero"],
  ["c1 bf", 0, "an overlong delete"],
  ["e0 9f bf", 1, "three bytes where two would do"],
  ["f0 8f bf bf", 1, "four bytes where three would do"],
  ["ed a0 80", 1, "the first surrogate"],
  ["ed bf bf", 1, "the last surrogate"],
  ["f4 90 80 80", 1, "the first code point above U+10FFFF"],
  ["f5 80 80 80", 0, "four bytes that begin with f5"],
  ["fe", 0, "fe"],
  ["ff", 0, "ff"],
  ["c3 28", 1, "two bytes, the second not a continuation"],
  ["e2 82 28", 2, "three bytes, the third not a continuation"],
  ["f0 9f 98 28", 3, "four bytes, the fourth not a continuation"],
  ["c3", 1, "the end after one byte of two"],
  ["e2 82", 2, "the end after two bytes of three"],
  ["f0 9f 98", 3, "the end after three bytes of four"],
  ["cebae1bdb9cf83cebcceb5 eda080 656469746564", 12, "Autobahn's 6.3.1"],
];

for (const [bytes, bad, title] of texts) {
  test(`Utf8Checker: ${title}`, () => {
    assert.equal(badByte(hex(bytes)), bad);
    for (const chunks of waysToCut(hex(bytes))) {
      const checker = new Utf8Checker();
      const check = () => {
        for (const chunk of chunks) checker.push(chunk);
        checker.end();
      };
      assert.equal(isRefused(check), bad !== -1);
    }
  });
}

test("Utf8Checker: what is ASCII is not looked at, but can come in the middle of a code point", () => {
  const checker = new Utf8Checker();
  checker.push(hex("c3"));
  assert.throws(() => checker.push(hex("61"), true), { code: 1007 });
});

test("Utf8Checker: after the end comes the next text", () => {
  const checker = new Utf8Checker();
  for (let i = 0; i < 3; i++) {
    checker.push(hex("e282"));
    checker.push(hex("ac"));
    checker.end();
  }
  checker.push(hex("e282"));
  assert.throws(() => checker.end(), { code: 1007 });
});

test("Utf8Checker: says of any bytes what a decoder says of them as a whole", () => {
  const nearly = fc.array(fc.constantFrom("61", "c3a9", "e282ac", "f09f9880", "80", "ed", "f4", "c0", "ff"));
  const bytes = fc.oneof(randomBytes, nearly.map((parts) => hex(parts.join(""))));
  fc.assert(
    fc.property(bytes, (text) => {
      const isText = Buffer.from(text.toString()).equals(text);
      assert.equal(badByte(text) === -1, isText);
    }),
  );
});

test("Utf8Checker: any string, cut anywhere", () => {
  const codePoints = fc.integer({ min: 0, max: 0x10ffff }).filter((point) => point < 0xd800 || point > 0xdfff);
  fc.assert(
    fc.property(fc.array(codePoints, { maxLength: 30 }), (points) => {
      assert.equal(badByte(Buffer.from(String.fromCodePoint(...points))), -1);
    }),
  );
});
