import assert from "node:assert/strict";
import { test } from "node:test";
import { Opcode } from "./constants.ts";
import { FrameParser } from "./frame-parser.ts";
import { encodeFrame, type FrameHeader } from "./frame.ts";
import { asBytes } from "./mistakes/lib/as-bytes.ts";
import { Protocol } from "./protocol.ts";

/** The frames in some bytes, unmasked: the first byte, the payload in hex, and the key. */
function framesIn(bytes: Buffer): { first: number; payload: string; key: string | undefined }[] {
  const frames: { first: number; payload: string; key: string | undefined }[] = [];
  let payload = "";
  new FrameParser().push(Buffer.from(bytes), {
    onHeader: () => void (payload = ""),
    onPayload: (_header, part) => void (payload += part.toString("hex")),
    onFrameEnd({ fin, opcode, key }: FrameHeader) {
      frames.push({ first: (fin ? 0x80 : 0) | opcode, payload, key: key === undefined ? undefined : keyBytes(key).toString("hex") });
    },
  });
  return frames;
}

function keyBytes(key: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(key);
  return bytes;
}

type Scene = { protocol: Protocol; events: string[]; keys: string[] };

/** A client's protocol: what it tells and sends, in order. Each frame that it sends must be masked. */
function client(): Scene {
  const events: string[] = [];
  const keys: string[] = [];
  const protocol = new Protocol(
    asBytes({
      onBytes(bytes: Buffer) {
        for (const { first, payload, key } of framesIn(bytes)) {
          assert.ok(key, "a client masks");
          keys.push(key);
          events.push(`> ${first.toString(16)} ${payload}`.trim());
        }
      },
      onEnd: () => void events.push("> end"),
      onMessage: (data, isBinary) => void events.push(isBinary ? `binary ${data.toString("hex")}` : `text ${data}`),
      onPing: (payload) => void events.push(`ping ${payload}`),
      onPong: (payload) => void events.push(`pong ${payload}`),
      onError: (error) => void events.push(`error ${error.code}`),
    }),
    { maxPayload: 1000, role: "client" },
  );
  return { protocol, events, keys };
}

const serverFrame = (opcode: number, payload: string | Buffer = "", fin = true) => encodeFrame(opcode, Buffer.from(payload), fin);
const MASKED = encodeFrame(Opcode.Text, Buffer.from("a"), true, 0xa1b2c3d4 | 0);
const MASKED_EMPTY = encodeFrame(Opcode.Ping, Buffer.alloc(0), true, 0);
const CLOSE_4001 = serverFrame(Opcode.Close, Buffer.from("0fa1627965", "hex"));
const TEXT = serverFrame(Opcode.Text, "hi");

const streams: [title: string, stream: Buffer[], ...events: string[]][] = [
  ["messages", [TEXT, serverFrame(Opcode.Binary, "\0")], "text hi", "binary 00"],
  ["fragments around a ping", [serverFrame(Opcode.Text, "h", false), serverFrame(Opcode.Ping, "?"), serverFrame(Opcode.Continuation, "i")], "> 8a 3f", "ping ?", "text hi"],
  ["a close frame, and nothing behind it", [CLOSE_4001, TEXT], "> 88 0fa1"],
  ["an empty close frame", [serverFrame(Opcode.Close)], "> 88"],
  ["a masked frame", [MASKED, TEXT], "> 88 03ea", "error 1002"],
  ["an empty masked frame", [TEXT, MASKED_EMPTY, TEXT], "text hi", "> 88 03ea", "error 1002"],
  ["a reserved opcode", [serverFrame(3), TEXT], "> 88 03ea", "error 1002"],
];

for (const [title, stream, ...expected] of streams) {
  test(`a client's Protocol, however the stream is cut: ${title}`, () => {
    const bytes = Buffer.concat(stream);
    const cuts = Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
    for (const chunks of [...cuts, [...bytes].map((byte) => Uint8Array.of(byte))]) {
      const { protocol, events } = client();
      for (const chunk of chunks) protocol.receive(Buffer.from(chunk));
      assert.deepEqual(events, expected);
      // The server is the one who ends TCP; then, and once, so do we.
      protocol.receiveEnd();
      protocol.receiveEnd();
      assert.deepEqual(events, [...expected, "> end"]);
      assert.equal(protocol.state, "closed");
    }
  });
}

test("a client closes, and waits for the answer and for the end", () => {
  const { protocol, events } = client();
  protocol.close(4000, "bye");
  assert.equal(protocol.state, "closing");
  protocol.receive(Buffer.from(TEXT));
  protocol.receive(Buffer.from(CLOSE_4001));
  assert.equal(protocol.state, "closed");
  assert.equal(protocol.send(Buffer.from("x"), false), false);
  protocol.receiveEnd();
  assert.deepEqual(events, ["> 88 0fa0627965", "text hi", "> end"]);
  assert.deepEqual([protocol.closeCode, protocol.closeReason], [4001, "bye"]);
});

test("every frame has a key of its own, and what is sent stays as it was", () => {
  const { protocol, keys } = client();
  const data = Buffer.from("Websockets are great");
  for (let i = 0; i < 1_000; i++) protocol.send(data, false);
  protocol.ping(data);
  protocol.pong(data);
  protocol.close(1000);
  assert.equal(data.toString(), "Websockets are great");
  // With 2^32 keys, the odds that two of 1003 are the same are 1 : 8,500; that three are, 1 : 10^11.
  assert.ok(new Set(keys).size >= 1_002);
});

test("encodeFrame masks each length as the RFC's example says", () => {
  const example = encodeFrame(Opcode.Text, Buffer.from("Hello"), true, 0x3d21fa37);
  assert.equal(example.toString("hex"), "818537fa213d7f9f4d5158");
  for (const length of [0, 1, 125, 126, 65535, 65536]) {
    const payload = Buffer.alloc(length, "abc");
    const [frame] = framesIn(encodeFrame(Opcode.Binary, payload, false, 0x04030201));
    assert.deepEqual(frame, { first: 0x02, payload: payload.toString("hex"), key: "01020304" });
  }
});
