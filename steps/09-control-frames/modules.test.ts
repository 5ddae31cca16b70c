import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { Connection } from "./connection.ts";
import { Opcode } from "./constants.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { decodeHeader, encodeFrame, headerLength, unmask, type FrameHeader } from "./frame.ts";

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

test("decodeHeader: the key is a copy, since the bytes are used again", () => {
  const bytes = hex("81 85 37fa213d");
  const { key } = decodeHeader(bytes);
  bytes.fill(0);
  assert.deepEqual(key, hex("37fa213d"));
});

test("encodeFrame and decodeHeader are inverse, and write the shortest form", () => {
  const lengths = fc.oneof(fc.nat(300), fc.integer({ min: 65000, max: 66000 }));
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(Opcode)), lengths, (opcode, length) => {
      const bytes = encodeFrame(opcode, Buffer.alloc(length, "abc"));
      const header = decodeHeader(bytes);
      assert.equal(header.fin, true);
      assert.equal(header.opcode, opcode);
      assert.equal(header.length, length);
      assert.equal(header.key, undefined);
      assert.equal(headerLength(bytes.readUInt8(1)) + length, bytes.length);
      assert.equal(bytes.length - length, length < 126 ? 2 : length < 65536 ? 4 : 10);
    }),
  );
});

test("unmask: twice is once too often, and any two halves are a whole", () => {
  fc.assert(
    fc.property(payloads, fc.nat(300), (payload, cut) => {
      const bytes = frame(0x82, payload).subarray(-payload.length || Infinity);
      const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      unmask(first, KEY, 0);
      unmask(second, KEY, first.length);
      assert.deepEqual(bytes, payload);
      unmask(bytes, KEY, 0);
      assert.deepEqual(bytes, frame(0x82, payload).subarray(-payload.length || Infinity));
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
  for (const chunk of chunks) parser.push(chunk, sink);
  closePayload();
  return events;
}

function describe({ fin, opcode, length, key }: FrameHeader): string {
  return `${fin ? "fin " : ""}opcode ${opcode} ${length}${key ? ` key ${key.toString("hex")}` : ""}`;
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

/** A socket that writes down what is done to it. */
function fakeSocket(events: string[]): Duplex {
  const socket = {
    on: () => socket,
    write: (bytes: Buffer) => events.push(`> ${bytes.toString("hex")}`),
    end: () => events.push("> end"),
  };
  return socket as unknown as Duplex;
}

/** A connection that echoes: what it tells and sends, in order. */
function echo(chunks: Buffer[]): string[] {
  const events: string[] = [];
  const connection = new Connection(
    fakeSocket(events),
    {
      onMessage(data, isBinary) {
        events.push(isBinary ? `binary ${data.toString("hex")}` : `text ${data}`);
        connection.send(data, isBinary);
      },
    },
  );
  for (const chunk of chunks) connection.receive(chunk);
  return events;
}

const conversations: [title: string, frames: Buffer[], ...events: string[]][] = [
  ["nothing", []],
  ["a text", [frame(0x81, "abc")], "text abc", "> 8103616263"],
  ["an empty text", [frame(0x81)], "text ", "> 8100"],
  ["a binary message", [frame(0x82, hex("00ff"))], "binary 00ff", "> 820200ff"],
  ["a ping", [frame(0x89, "abc")], "> 8a03616263"],
  ["an empty ping", [frame(0x89)], "> 8a00"],
  [
    "pings, in order",
    [frame(0x89, "a"), frame(0x89, "b"), frame(0x89)],
    "> 8a0161", "> 8a0162", "> 8a00",
  ],
  ["a ping of 125 bytes", [frame(0x89, "p".repeat(125))], `> 8a7d${"70".repeat(125)}`],
  ["a pong that nobody asked for", [frame(0x8a, "abc")]],
  ["a close", [frame(0x88, hex("03e8"))], "> 880203e8", "> end"],
  ["a close with a reason", [frame(0x88, hex("0fa1 627965"))], "> 88020fa1", "> end"],
  ["an empty close", [frame(0x88)], "> 8800", "> end"],
];

for (const [title, frames, ...events] of conversations) {
  test(`Connection: ${title}`, () => {
    for (const chunks of waysToCut(Buffer.concat(frames))) assert.deepEqual(echo(chunks), events);
  });
}

/** A frame of any kind that a client may send, and how an echo answers it. */
const exchanges = fc
  .tuple(fc.constantFrom(Opcode.Text, Opcode.Binary, Opcode.Ping, Opcode.Pong), fc.string({ maxLength: 60 }))
  .map(([opcode, text]): [Buffer, Buffer[]] => {
    const answer = opcode === Opcode.Ping ? Opcode.Pong : opcode;
    const answers = opcode === Opcode.Pong ? [] : [encodeFrame(answer, Buffer.from(text))];
    return [frame(0x80 | opcode, text), answers];
  });

test("Connection: any sequence of valid frames is echoed, however it is cut", () => {
  fc.assert(
    fc.property(fc.array(exchanges, { maxLength: 6 }), fc.array(fc.nat(400)), (sequence, cuts) => {
      const bytes = Buffer.concat(sequence.map(([sent]) => sent));
      const expected = sequence.flatMap(([, answers]) => answers.map((answer) => `> ${answer.toString("hex")}`));
      const events = echo(cutAt(bytes, cuts.filter((at) => at < bytes.length)));
      assert.deepEqual(events.filter((event) => event.startsWith(">")), expected);
    }),
  );
});
