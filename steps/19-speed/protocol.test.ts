import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Opcode } from "./constants.ts";
import { encodeFrame } from "./frame.ts";
import { asBytes } from "./mistakes/lib/as-bytes.ts";
import { Protocol } from "./protocol.ts";

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

/** A protocol that echoes: what it tells and sends, in order, and how it ends. */
function echo(chunks: Buffer[]): string[] {
  const events: string[] = [];
  const protocol = new Protocol(
    asBytes({
      onBytes: (bytes) => void events.push(`> ${bytes.toString("hex")}`),
      onEnd: () => void events.push("> end"),
      onMessage(data, isBinary) {
        events.push(isBinary ? `binary ${data.toString("hex")}` : `text ${data}`);
        const [, code] = /^close (\d+)$/.exec(data.toString()) ?? [];
        if (code !== undefined) protocol.close(Number(code), "bye");
        else protocol.send(data, isBinary);
      },
      onPing: () => {},
      onPong: () => {},
      onError: ({ code }) => void events.push(`error ${code}`),
    }),
    { maxPayload: 1000 },
  );
  for (const chunk of chunks) protocol.receive(chunk);
  if (protocol.state !== "open") events.push(`${protocol.state} ${protocol.closeCode} ${protocol.closeReason}`);
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
  ["a close", [frame(0x88, hex("03e8"))], "> 880203e8", "> end", "closed 1000 "],
  [
    "a close with a reason",
    [frame(0x88, hex("0fa1 627965"))],
    "> 88020fa1", "> end", "closed 4001 bye",
  ],
  ["an empty close", [frame(0x88)], "> 8800", "> end", "closed 1005 "],
  ["two fragments", [frame(0x01, "a"), frame(0x80, "b")], "text ab", "> 81026162"],
  [
    "fragments of a binary message",
    [frame(0x02, "a"), frame(0x00, "b"), frame(0x80, "c")],
    "binary 616263", "> 8203616263",
  ],
  [
    "empty fragments",
    [frame(0x01), frame(0x00), frame(0x00, "a"), frame(0x80)],
    "text a", "> 810161",
  ],
  ["only empty fragments", [frame(0x02), frame(0x00), frame(0x80)], "binary ", "> 8200"],
  [
    "pings between fragments",
    [frame(0x01, "a"), frame(0x89, "1"), frame(0x00, "b"), frame(0x89), frame(0x80, "c")],
    "> 8a0131", "> 8a00", "text abc", "> 8103616263",
  ],
  [
    "a message after a fragmented one",
    [frame(0x01, "a"), frame(0x80, "b"), frame(0x82, "c")],
    "text ab", "> 81026162", "binary 63", "> 820163",
  ],
  [
    "a close between fragments",
    [frame(0x01, "a"), frame(0x88, hex("03e9"))],
    "> 880203e9", "> end", "closed 1001 ",
  ],
  [
    "nothing more after a close",
    [frame(0x88, hex("03e8")), frame(0x81, "a"), frame(0x89)],
    "> 880203e8", "> end", "closed 1000 ",
  ],
  [
    "a frame without a mask",
    [hex("81 01 61"), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "RSV1",
    [frame(0xc1, "a"), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "RSV2",
    [frame(0xa1, "a"), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "RSV3 on a control frame",
    [frame(0x99), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "opcode 3",
    [frame(0x83), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "opcode 15",
    [frame(0x8f), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a ping that is not final",
    [frame(0x09), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a ping of 126 bytes",
    [frame(0x89, "p".repeat(126)), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a long length for a short payload",
    [hex("82 fe 0001 a1b2c3d4 00"), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a length's top bit",
    [hex("82 ff 8000000000000000 a1b2c3d4"), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a continuation of nothing",
    [frame(0x80, "a"), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a message inside of another",
    [frame(0x01, "a"), frame(0x81, "b"), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a declared terabyte",
    [hex("82 ff 0000010000000000 a1b2c3d4"), frame(0x89, "too late")],
    "> 880203f1", "> end", "error 1009", "closed 1006 ",
  ],
  [
    "a fragment too much",
    [frame(0x02, "a".repeat(999)), frame(0x80, "bc"), frame(0x89, "too late")],
    "> 880203f1", "> end", "error 1009", "closed 1006 ",
  ],
  [
    "as much as is allowed",
    [frame(0x02, "a".repeat(999)), frame(0x80, "a")],
    `binary ${"61".repeat(1000)}`, `> 827e03e8${"61".repeat(1000)}`,
  ],
  [
    "an error after a message",
    [frame(0x81, "a"), frame(0x83)],
    "text a", "> 810161", "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a text that is not UTF-8",
    [frame(0x81, hex("61ff")), frame(0x89, "too late")],
    "> 880203ef", "> end", "error 1007", "closed 1006 ",
  ],
  [
    "a text that ends in half a code point",
    [frame(0x81, hex("e282")), frame(0x89, "too late")],
    "> 880203ef", "> end", "error 1007", "closed 1006 ",
  ],
  [
    "a bad byte in a fragment",
    [frame(0x01, "a"), frame(0x00, hex("ff")), frame(0x89, "too late")],
    "> 880203ef", "> end", "error 1007", "closed 1006 ",
  ],
  [
    "a bad byte, and the frame is not complete",
    [frame(0x81, hex("61ff62")).subarray(0, -1)],
    "> 880203ef", "> end", "error 1007", "closed 1006 ",
  ],
  [
    "a code point in two fragments",
    [frame(0x01, hex("e2")), frame(0x89), frame(0x80, hex("82ac"))],
    "> 8a00", "text €", "> 8103e282ac",
  ],
  [
    "a close reason that is not UTF-8",
    [frame(0x88, hex("03e8 ff")), frame(0x89, "too late")],
    "> 880203ef", "> end", "error 1007", "closed 1006 ",
  ],
  [
    "a close reason that ends in half a code point",
    [frame(0x88, hex("03e8 e282")), frame(0x89, "too late")],
    "> 880203ef", "> end", "error 1007", "closed 1006 ",
  ],
  [
    "a close of one byte",
    [frame(0x88, hex("03")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 0",
    [frame(0x88, hex("0000")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 999",
    [frame(0x88, hex("03e7")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 1004",
    [frame(0x88, hex("03ec")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 1005",
    [frame(0x88, hex("03ed")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 1006",
    [frame(0x88, hex("03ee")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 1015",
    [frame(0x88, hex("03f7")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 2999",
    [frame(0x88, hex("0bb7")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 5000",
    [frame(0x88, hex("1388")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "close code 65535",
    [frame(0x88, hex("ffff")), frame(0x89, "too late")],
    "> 880203ea", "> end", "error 1002", "closed 1006 ",
  ],
  ["close code 1000", [frame(0x88, hex("03e8"))], "> 880203e8", "> end", "closed 1000 "],
  ["close code 1003", [frame(0x88, hex("03eb"))], "> 880203eb", "> end", "closed 1003 "],
  ["close code 1007", [frame(0x88, hex("03ef"))], "> 880203ef", "> end", "closed 1007 "],
  ["close code 1014", [frame(0x88, hex("03f6"))], "> 880203f6", "> end", "closed 1014 "],
  ["close code 3000", [frame(0x88, hex("0bb8"))], "> 88020bb8", "> end", "closed 3000 "],
  ["close code 4999", [frame(0x88, hex("1387"))], "> 88021387", "> end", "closed 4999 "],
  [
    "a close reason of 123 bytes",
    [frame(0x88, Buffer.concat([hex("03e8"), Buffer.alloc(123, "r")]))],
    "> 880203e8", "> end", `closed 1000 ${"r".repeat(123)}`,
  ],
  [
    "our own close, not answered",
    [frame(0x81, "close 4001")],
    "text close 4001", "> 88050fa1627965", "closing 1006 ",
  ],
  [
    "our own close, answered",
    [frame(0x81, "close 4001"), frame(0x88, hex("0fa1"))],
    "text close 4001", "> 88050fa1627965", "> end", "closed 4001 ",
  ],
  [
    "our own close, and theirs says something else",
    [frame(0x81, "close 4001"), frame(0x88, hex("0fa2 6f6b"))],
    "text close 4001", "> 88050fa1627965", "> end", "closed 4002 ok",
  ],
  [
    "no message after our close, but pongs",
    [frame(0x81, "close 4001"), frame(0x81, "abc"), frame(0x89, "a")],
    "text close 4001", "> 88050fa1627965", "text abc", "> 8a0161", "closing 1006 ",
  ],
  [
    "no second close of ours",
    [frame(0x81, "close 4001"), frame(0x81, "close 4002")],
    "text close 4001", "> 88050fa1627965", "text close 4002", "closing 1006 ",
  ],
  [
    "an error after our close",
    [frame(0x81, "close 4001"), frame(0x83), frame(0x89)],
    "text close 4001", "> 88050fa1627965", "> end", "error 1002", "closed 1006 ",
  ],
  [
    "a bad close after our close",
    [frame(0x81, "close 4001"), frame(0x88, hex("03"))],
    "text close 4001", "> 88050fa1627965", "> end", "error 1002", "closed 1006 ",
  ],
];

for (const [title, frames, ...events] of conversations) {
  test(`Protocol: ${title}`, () => {
    for (const chunks of waysToCut(Buffer.concat(frames))) assert.deepEqual(echo(chunks), events);
  });
}

const pings = fc.string({ maxLength: 60 }).map((text): [Buffer, Buffer[]] => {
  return [frame(0x89, text), [encodeFrame(Opcode.Pong, Buffer.from(text))]];
});

/** A message in fragments, perhaps with pings in between, and how an echo answers. */
const echoed = fc
  .tuple(fc.boolean(), fc.string({ maxLength: 60 }), fc.array(fc.tuple(fc.nat(60), fc.option(pings)), { maxLength: 4 }))
  .map(([isBinary, text, breaks]): [Buffer, Buffer[]] => {
    const opcode = isBinary ? Opcode.Binary : Opcode.Text;
    const parts = cutInto(Buffer.from(text), breaks.map(([at]) => at));
    const frames: Buffer[] = [];
    const answers: Buffer[] = [];
    for (const [i, part] of parts.entries()) {
      const fin = i === parts.length - 1 ? 0x80 : 0;
      frames.push(frame(fin | (i === 0 ? opcode : Opcode.Continuation), part));
      const [ping, pongs] = (fin === 0 && breaks[i]?.[1]) || [Buffer.alloc(0), []];
      frames.push(ping);
      answers.push(...pongs);
    }
    return [Buffer.concat(frames), [...answers, encodeFrame(opcode, Buffer.from(text))]];
  });

/** Always one part more than there are offsets: some may be empty. */
function cutInto(bytes: Buffer, offsets: number[]): Buffer[] {
  const ends = [0, ...offsets.map((at) => Math.min(at, bytes.length)).sort((a, b) => a - b), bytes.length];
  return ends.slice(1).map((end, i) => bytes.subarray(ends[i], end));
}

const exchanges = fc.oneof(pings, echoed);

test("Protocol: any sequence of valid frames is echoed, however it is cut", () => {
  fc.assert(
    fc.property(fc.array(exchanges, { maxLength: 6 }), fc.array(fc.nat(400)), (sequence, cuts) => {
      const bytes = Buffer.concat(sequence.map(([sent]) => sent));
      const expected = sequence.flatMap(([, answers]) => answers.map((answer) => `> ${answer.toString("hex")}`));
      const events = echo(cutAt(bytes, cuts.filter((at) => at < bytes.length)));
      assert.deepEqual(events.filter((event) => event.startsWith(">")), expected);
    }),
  );
});

test("Protocol: any stream gives the same, however it is cut", () => {
  const firstBytes = fc.oneof(fc.constantFrom(0x01, 0x81, 0x82, 0x80, 0x00, 0x89, 0x88), fc.nat(255));
  const frames = fc.array(fc.tuple(firstBytes, payloads), { maxLength: 5 });
  const likely = frames.map((all) => Buffer.concat(all.map(([first, payload]) => frame(first, payload))));
  fc.assert(
    fc.property(streamAndCuts(fc.oneof(likely, randomBytes)), ([bytes, cuts]) => {
      assert.deepEqual(echo(cutAt(bytes, cuts)), echo(cutAt(bytes, [])));
    }),
  );
});

/** A protocol without events, to call its methods. What it sends is kept, as frames in hex. */
function quietProtocol(): { protocol: Protocol; sent: string[] } {
  const sent: string[] = [];
  const handler = asBytes({
    onBytes: (bytes: Buffer) => void sent.push(bytes.toString("hex")),
    onEnd: () => void sent.push("end"),
    onMessage: () => {},
    onPing: () => {},
    onPong: () => {},
    onError: () => {},
  });
  return { protocol: new Protocol(handler, { maxPayload: 1000 }), sent };
}

test("Protocol: send() is refused once a Close frame has gone out", () => {
  const { protocol, sent } = quietProtocol();
  assert.equal(protocol.send(Buffer.from("a"), false), true);
  protocol.close(1000);
  assert.equal(protocol.send(Buffer.from("b"), false), false);
  protocol.receive(frame(0x88, hex("03e8")));
  assert.equal(protocol.send(Buffer.from("c"), true), false);
  assert.deepEqual(sent, ["810161", "880203e8", "end"]);
});

test("Protocol: close() says nothing but goodbye, and only once", () => {
  const { protocol, sent } = quietProtocol();
  protocol.close();
  protocol.close(4000, "again");
  assert.equal(protocol.state, "closing");
  assert.deepEqual(sent, ["8800"]);
});

test("Protocol: close() refuses what must not be sent, and stays open", () => {
  const { protocol, sent } = quietProtocol();
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65536, Number.NaN]) {
    assert.throws(() => protocol.close(code), TypeError, `${code}`);
  }
  assert.throws(() => protocol.close(1000, "é".repeat(62)), RangeError);
  assert.equal(protocol.state, "open");
  protocol.close(1000, "é".repeat(61) + "e");
  assert.equal(sent.length, 1);
});

test("Protocol: a message in fragments, with a ping between them", () => {
  const { protocol, sent } = quietProtocol();
  protocol.send(Buffer.from("a"), false, false);
  protocol.ping(Buffer.from("p"));
  protocol.send(Buffer.from("b"), false, false);
  protocol.send(Buffer.from("c"), false);
  protocol.send(Buffer.from("d"), true);
  assert.deepEqual(sent, ["010161", "890170", "000162", "800163", "820164"]);
});

test("Protocol: ping() and pong() have at most 125 bytes, and their time", () => {
  const { protocol, sent } = quietProtocol();
  for (const method of ["ping", "pong"] as const) {
    assert.throws(() => protocol[method](Buffer.alloc(126)), RangeError);
    assert.equal(protocol[method](Buffer.alloc(125)), true);
  }
  protocol.close();
  assert.equal(protocol.ping(Buffer.alloc(0)), false);
  assert.equal(protocol.pong(Buffer.alloc(0)), false);
  assert.deepEqual(sent, [`897d${"00".repeat(125)}`, `8a7d${"00".repeat(125)}`, "8800"]);
});

test("Protocol: tells of pings and pongs, when the answer is out", () => {
  const events: string[] = [];
  const protocol = new Protocol(
    asBytes({
      onBytes: (bytes) => void events.push(`> ${bytes.toString("hex")}`),
      onEnd: () => {},
      onMessage: () => {},
      onPing: (payload) => void events.push(`ping ${payload}`),
      onPong: (payload) => void events.push(`pong ${payload}`),
      onError: () => {},
    }),
    { maxPayload: 1000 },
  );
  protocol.receive(Buffer.concat([frame(0x89, "a"), frame(0x8a, "b")]));
  assert.deepEqual(events, ["> 8a0161", "ping a", "pong b"]);
});

test("Protocol: the end of TCP without a Close frame is 1006, and nothing is sent", () => {
  const { protocol, sent } = quietProtocol();
  protocol.receive(frame(0x01, "half a mess"));
  protocol.receiveEnd();
  protocol.receiveEnd();
  assert.deepEqual([protocol.state, protocol.closeCode, protocol.closeReason], ["closed", 1006, ""]);
  assert.deepEqual(sent, ["end"]);
});

test("Protocol: the end of TCP after our Close frame is 1006 too", () => {
  const { protocol, sent } = quietProtocol();
  protocol.close(4001);
  protocol.receiveEnd();
  protocol.receive(frame(0x89));
  assert.deepEqual([protocol.state, protocol.closeCode], ["closed", 1006]);
  assert.deepEqual(sent, ["88020fa1", "end"]);
});

/** Runs `react` inside of one event of a protocol. */
function reactTo(event: "onMessage" | "onError" | "onEnd" | "onBytes", react: (protocol: Protocol) => void): string[] {
  const events: string[] = [];
  const on = (name: string, what: string) => {
    events.push(what);
    if (name === event) react(protocol);
  };
  const protocol: Protocol = new Protocol(
    asBytes({
      onBytes: (bytes) => on("onBytes", `> ${bytes.toString("hex")}`),
      onEnd: () => on("onEnd", "> end"),
      onMessage: (data) => on("onMessage", `text ${data}`),
      onPing: () => {},
      onPong: () => {},
      onError: (error) => on("onError", `error ${error.code}`),
    }),
    { maxPayload: 1000 },
  );
  protocol.receive(Buffer.concat([frame(0x81, "a"), frame(0x89, "p"), frame(0x83)]));
  return events;
}

test("Protocol: a handler may close in the middle of a chunk", () => {
  const events = reactTo("onMessage", (protocol) => protocol.close(4001));
  assert.deepEqual(events, ["text a", "> 88020fa1", "> 8a0170", "> end", "error 1002"]);
});

test("Protocol: a handler may let the connection end in the middle of a chunk", () => {
  assert.deepEqual(reactTo("onMessage", (protocol) => protocol.receiveEnd()), ["text a", "> end"]);
});

for (const event of ["onError", "onEnd", "onBytes"] as const) {
  test(`Protocol: close(), send() and receiveEnd() inside of ${event} do no harm`, () => {
    let depth = 0;
    const events = reactTo(event, (protocol) => {
      if (++depth > 1) return;
      protocol.close(4001);
      protocol.send(Buffer.from("x"), false);
      protocol.receiveEnd();
    });
    assert.ok(events.filter((sent) => sent.startsWith("> 88")).length === 1, `${events}`);
    assert.equal(events.filter((sent) => sent === "> end").length, 1);
  });
}

test("Protocol: an exception of the application passes through, and is not the peer's fault", () => {
  const oops = new Error("oops");
  const fail = () => {
    throw oops;
  };
  assert.throws(() => reactTo("onMessage", fail), oops);
  assert.throws(() => reactTo("onError", fail), oops);
});
