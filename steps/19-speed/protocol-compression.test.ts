import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MessageCompression } from "./message-compression.ts";
import type { Agreement } from "./permessage-deflate.ts";
import { asBytes } from "./mistakes/lib/as-bytes.ts";
import { Protocol } from "./protocol.ts";

const KEY = Buffer.from("a1b2c3d4", "hex");
const HELLO = hex("f2 48 cd c9 c9 07 00");
const AGAIN = hex("f2 00 11 00 00");

function hex(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(" ", ""), "hex");
}

/** A short frame as a client sends it. `first` is its first byte: FIN, the reserved bits, the opcode. */
function frame(first: number, payload: Buffer | string = ""): Buffer {
  const masked = Buffer.from(payload);
  masked.forEach((byte, i) => (masked[i] = byte ^ KEY.readUInt8(i % 4)));
  return Buffer.concat([Buffer.from([first, 0x80 | masked.length, ...KEY]), masked]);
}

function compressed(text: string | Buffer): Buffer {
  return new MessageCompression({}, false).compress(Buffer.from(text as string), true);
}

/** What a protocol with compression tells and sends. It answers each message with its length. */
function events(chunks: Buffer[], agreement: Agreement = {}): string[] {
  const list: string[] = [];
  const protocol = new Protocol(
    asBytes({
      onBytes: (bytes) => void list.push(`> ${bytes.toString("hex")}`),
      onEnd: () => void list.push("> end"),
      onMessage: (data, isBinary) => void list.push(isBinary ? `binary ${data.toString("hex")}` : `text ${data}`),
      onPing: (payload) => void list.push(`ping ${payload}`),
      onPong: () => {},
      onError: ({ code }) => void list.push(`error ${code}`),
    }),
    { maxPayload: 100, compression: new MessageCompression(agreement, true) },
  );
  for (const chunk of chunks) protocol.receive(Buffer.from(chunk));
  return list;
}

const failed = (code: number) => [`> 8802${code.toString(16).padStart(4, "0")}`, "> end", `error ${code}`];

const conversations: [title: string, frames: Buffer[], ...events: string[]][] = [
  ["a text", [frame(0xc1, HELLO)], "text Hello"],
  ["a text and again", [frame(0xc1, HELLO), frame(0xc1, AGAIN)], "text Hello", "text Hello"],
  ["bytes", [frame(0xc2, HELLO)], "binary 48656c6c6f"],
  ["a plain text between", [frame(0xc1, HELLO), frame(0x81, "World"), frame(0xc1, AGAIN)], "text Hello", "text World", "text Hello"],
  ["fragments", [frame(0x41, HELLO.subarray(0, 2)), frame(0x00), frame(0x89, "?"), frame(0x80, HELLO.subarray(2))], "> 8a013f", "ping ?", "text Hello"],
  ["plain fragments", [frame(0x01, "Hel"), frame(0x80, "lo")], "text Hello"],
  ["an empty text", [frame(0xc1, hex("00"))], "text "],
  ["no bytes at all", [frame(0xc1)], "text "],
  ["fragments of no bytes", [frame(0x41), frame(0x80), frame(0xc1, HELLO)], "text ", "text Hello"],
  ["RSV1 on a continuation", [frame(0x41, HELLO), frame(0xc0)], ...failed(1002)],
  ["RSV1 on a ping", [frame(0xc9)], ...failed(1002)],
  ["RSV1 on a close frame", [frame(0xc8)], ...failed(1002)],
  ["RSV1 on a reserved opcode", [frame(0xc3)], ...failed(1002)],
  ["RSV2", [frame(0xa1)], ...failed(1002)],
  ["RSV1 and RSV3", [frame(0xd1)], ...failed(1002)],
  ["what cannot be inflated", [frame(0xc1, "Hello")], ...failed(1007)],
  ["what becomes too long", [frame(0xc1, compressed("x".repeat(101)))], ...failed(1009)],
  ["what becomes just not too long", [frame(0xc1, compressed("x".repeat(100)))], `text ${"x".repeat(100)}`],
  ["a text that is not UTF-8", [frame(0xc1, compressed(Buffer.from([0xc3, 0x28])))], ...failed(1007)],
  ["a text that is cut in a character", [frame(0xc1, compressed(Buffer.from([0xc3])))], ...failed(1007)],
  ["bytes that are not UTF-8", [frame(0xc2, compressed(Buffer.from([0xc3])))], "binary c3"],
  ["a plain text that is not UTF-8 at its second byte", [frame(0x01, hex("c3 28")), frame(0x80)], ...failed(1007)],
];

for (const [title, frames, ...expected] of conversations) {
  test(`with compression, ${title}`, () => {
    const bytes = Buffer.concat(frames);
    assert.deepEqual(events([bytes]), expected);
    assert.deepEqual(events([...bytes].map((byte) => Buffer.of(byte))), expected, "byte by byte");
    for (let at = 1; at < bytes.length; at++) {
      assert.deepEqual(events([bytes.subarray(0, at), bytes.subarray(at)]), expected, `cut at ${at}`);
    }
  });
}

test("without compression, RSV1 is refused still", () => {
  const list: string[] = [];
  const ignore = () => {};
  const protocol = new Protocol(asBytes({ onBytes: ignore, onEnd: ignore, onMessage: ignore, onPing: ignore, onPong: ignore, onError: ({ code }) => void list.push(`error ${code}`) }), { maxPayload: 100 });
  protocol.receive(frame(0xc1, HELLO));
  assert.deepEqual(list, ["error 1002"]);
});

test("whatever comes, nothing is thrown, and at most one close frame goes out", () => {
  const piece = fc.tuple(fc.constantFrom(0xc1, 0xc2, 0x41, 0x42, 0x80, 0x00, 0x81, 0x89, 0xc0), fc.oneof(fc.constantFrom(HELLO, AGAIN, hex("00"), hex("03 00"), hex("f3 48 cd c9 c9 07 00")), fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const list = events([Buffer.concat(pieces.map(([first, payload]) => frame(first, payload)))]);
      assert.ok(list.filter((event) => event.startsWith("> 88")).length <= 1);
    }),
  );
});

/** What is sent, as hex. */
function sent(agreement: Agreement, act: (protocol: Protocol) => void): string[] {
  const list: string[] = [];
  const ignore = () => {};
  const compression = new MessageCompression(agreement, true, { threshold: 5 });
  const protocol = new Protocol(asBytes({ onBytes: (bytes) => void list.push(bytes.toString("hex")), onEnd: ignore, onMessage: ignore, onPing: ignore, onPong: ignore, onError: ignore }), { maxPayload: 100, compression });
  act(protocol);
  return list;
}

test("send compresses with RSV1, if it may", () => {
  const hello = Buffer.from("Hello");
  assert.deepEqual(
    sent({}, (protocol) => {
      protocol.send(hello, false);
      protocol.send(hello, true);
      protocol.send(hello, false, true, undefined, false);
      protocol.ping(hello);
      protocol.close(1000);
      protocol.send(hello, false);
    }),
    [`c107${HELLO.toString("hex")}`, `c205${AGAIN.toString("hex")}`, "810548656c6c6f", "890548656c6c6f", "880203e8"],
  );
});

test("send: the first fragment decides for the message", () => {
  const frames = sent({ server_no_context_takeover: true }, (protocol) => {
    protocol.send(Buffer.from("Hello"), false, false);
    protocol.send(Buffer.from("!"), false, true);
    protocol.send(Buffer.from("Hell"), false, false);
    protocol.send(Buffer.from("o, and much more"), false, true);
  });
  assert.deepEqual(frames.map((bytes) => bytes.slice(0, 2)), ["41", "80", "01", "80"]);
  const client = new MessageCompression({ server_no_context_takeover: true }, false);
  const payload = frames.slice(0, 2).map((bytes) => Buffer.from(bytes, "hex").subarray(2));
  assert.equal(client.decompress(Buffer.concat(payload), 100).toString(), "Hello!");
});
