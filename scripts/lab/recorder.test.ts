import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Direction, WireEntry } from "./messages.ts";
import { KEPT_ENTRIES, Recorder } from "./recorder.ts";

const REQUEST = text("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
const ACCEPTED = text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
const DEFLATED = text("HTTP/1.1 101 OK\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n");
const HELLO = hex("81 85 37 fa 21 3d 7f 9f 4d 51 58");

function text(content: string): Buffer {
  return Buffer.from(content, "latin1");
}

function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(" ", ""), "hex");
}

/** What both directions say, each cut into chunks by `cut`, the way a listener hears of it. */
function record(parts: [Direction, Buffer][], cut: (bytes: Buffer) => Buffer[] = (bytes) => [bytes]): WireEntry[] {
  const entries = new Map<number, WireEntry | undefined>();
  const recorder = new Recorder({
    onChange: (id) => void entries.set(id, recorder.entry(id)),
    onDrop() {},
    onClear() {},
  });
  const connection = recorder.connect();
  for (const [direction, bytes] of parts) for (const chunk of cut(bytes)) connection.pass(direction, chunk);
  connection.event("end", "client");
  connection.event("close", "server");
  return recorder.ids.map((id) => {
    const heard = entries.get(id);
    assert.ok(heard);
    return heard;
  });
}

/** An entry in a short form, without times and cuts. */
function short(entry: WireEntry): string {
  if (entry.kind === "event") return `${entry.what} by ${entry.by}`;
  const way = entry.direction === "to-server" ? ">" : "<";
  const bytes = Buffer.from(entry.bytes, "base64");
  const problem = "problem" in entry && entry.problem ? ` ${"code" in entry.problem ? entry.problem.code : entry.problem.step}` : "";
  const size = entry.size === bytes.length ? "" : ` of ${entry.size}`;
  switch (entry.kind) {
    case "head":
      return `${way} head ${bytes.toString("latin1").split("\r\n")[0]} (${bytes.length}${size})${entry.complete ? "" : " cut off"}`;
    case "frame":
      return `${way} frame ${bytes.toString("hex").slice(0, 40)} (${bytes.length}${size})${entry.complete ? "" : " cut off"}${problem}`;
    case "raw":
      return `${way} raw ${bytes.toString("latin1").slice(0, 40)} (${bytes.length}${size})${problem}`;
  }
}

const longText = Buffer.concat([hex("81 7f 00 00 00 00 00 01 00 02"), Buffer.alloc(65535, "a"), hex("c3 a9 00").subarray(0, 3)]);

const rows: { title: string; parts: [Direction, Buffer][]; expected: string[] }[] = [
  {
    title: "a masked text, and its echo",
    parts: [["to-server", REQUEST], ["to-client", ACCEPTED], ["to-server", HELLO], ["to-client", hex("81 05 48 65 6c 6c 6f")]],
    expected: [
      "> head GET / HTTP/1.1 (68)",
      "< head HTTP/1.1 101 Switching Protocols (56)",
      "> frame 818537fa213d7f9f4d5158 (11)",
      "< frame 810548656c6c6f (7)",
    ],
  },
  {
    title: "fragments with a ping in between, and the first frame together with the request",
    parts: [["to-server", Buffer.concat([REQUEST, hex("01 81 00 00 00 00 61 89 80 00 00 00 00 80 81 00 00 00 00 62")])], ["to-client", ACCEPTED]],
    expected: [
      "> head GET / HTTP/1.1 (68)",
      "> frame 01810000000061 (7)",
      "> frame 898000000000 (6)",
      "> frame 80810000000062 (7)",
      "< head HTTP/1.1 101 Switching Protocols (56)",
    ],
  },
  {
    title: "UTF-8 over two frames is right, and over an end is not",
    parts: [["to-server", REQUEST], ["to-client", ACCEPTED], ["to-client", hex("01 01 c3 80 01 a9 01 01 c3 80 00")]],
    expected: [
      "> head GET / HTTP/1.1 (68)",
      "< head HTTP/1.1 101 Switching Protocols (56)",
      "< frame 0101c3 (3)",
      "< frame 8001a9 (3)",
      "< frame 0101c3 (3)",
      "< frame 8000 (2) 1007",
    ],
  },
  {
    title: "an unmasked client frame, a reserved opcode, and the next one is still found",
    parts: [["to-server", REQUEST], ["to-client", ACCEPTED], ["to-server", hex("81 01 61 83 80 00 00 00 00 88 80 00 00 00 00")]],
    expected: [
      "> head GET / HTTP/1.1 (68)",
      "< head HTTP/1.1 101 Switching Protocols (56)",
      "> frame 810161 (3) 1002",
      "> frame 838000000000 (6) 1002",
      "> frame 888000000000 (6)",
    ],
  },
  {
    title: "bare text behind the 101 is raw, and so is everything after it",
    parts: [["to-server", REQUEST], ["to-client", ACCEPTED], ["to-client", text("Hi, from the server!")], ["to-server", HELLO], ["to-client", hex("81 00")]],
    expected: [
      "> head GET / HTTP/1.1 (68)",
      "< head HTTP/1.1 101 Switching Protocols (56)",
      "< raw Hi, from the server! (20) 1002",
      "> frame 818537fa213d7f9f4d5158 (11)",
      "< raw \x81\x00 (2)",
    ],
  },
  {
    title: "a length with the top bit",
    parts: [["to-server", REQUEST], ["to-client", ACCEPTED], ["to-server", hex("82 ff ff 00 00 00 00 00 00 00 00 00 00 00 61 62")]],
    expected: [
      "> head GET / HTTP/1.1 (68)",
      "< head HTTP/1.1 101 Switching Protocols (56)",
      "> raw \x82\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00ab (16) 1002",
    ],
  },
  {
    title: "what is no HTTP at all",
    parts: [["to-server", hex("16 03 01 00 61 62")]],
    expected: ["> raw \x16\x03\x01\x00ab (6)"],
  },
  {
    title: "what is no HTTP, longer than a first look, in each direction",
    parts: [["to-server", text("get me something, and be quick about it ".repeat(3))], ["to-client", text("220 mail.example, at your service: go on ".repeat(3))]],
    expected: ["> raw get me something, and be quick about it  (120)", "< raw 220 mail.example, at your service: go on (123)"],
  },
  {
    title: "answers without a body, whatever their heads say",
    parts: [
      ["to-server", text("HEAD /a HTTP/1.1\r\n\r\n")],
      ["to-client", text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")],
      ["to-server", text("GET /b HTTP/1.1\r\n\r\n")],
      ["to-client", text("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")],
    ],
    expected: [
      "> head HEAD /a HTTP/1.1 (20)",
      "< head HTTP/1.1 200 OK (38)",
      "> head GET /b HTTP/1.1 (19)",
      "< head HTTP/1.1 103 Early Hints (28)",
      "< head HTTP/1.1 204 No Content (46)",
      "< head HTTP/1.1 304 Not Modified (29)",
      "< head HTTP/1.1 200 OK (38)",
    ],
  },
  {
    title: "bodies in chunks of HTTP's own, and what comes behind them",
    parts: [
      ["to-server", text("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nGET /b HTTP/1.1\r\n\r\n")],
      ["to-client", text("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\na;x=y\r\n0\r\n\r\nHTTP/\r\n00\r\nA: b\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")],
    ],
    expected: ["> head POST /a HTTP/1.1 (60)", "> head GET /b HTTP/1.1 (19)", "< head HTTP/1.1 200 OK (84)", "< head HTTP/1.1 404 Not Found (45)"],
  },
  {
    title: "a body whose chunks are none goes on to the end",
    parts: [["to-client", text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")]],
    expected: ["< head HTTP/1.1 200 OK (75)"],
  },
  {
    title: "a header that is cut off, and wrong as far as it is there",
    parts: [["to-server", REQUEST], ["to-client", ACCEPTED], ["to-server", hex("83")]],
    expected: ["> head GET / HTTP/1.1 (68)", "< head HTTP/1.1 101 Switching Protocols (56)", "> frame 83 (1) cut off 1002"],
  },
  {
    title: "a refusal with its body, and another request behind it",
    parts: [
      ["to-server", text("GET /a HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")],
      ["to-client", text("HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\nHTTP/1.1 200 OK\r\n\r\nuntil the end")],
      ["to-server", text("POST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nxyGET /c HTTP/1.1\r\n")],
    ],
    expected: [
      "> head GET /a HTTP/1.1 (39)",
      "< head HTTP/1.1 403 Forbidden (48)",
      "< head HTTP/1.1 200 OK (32)",
      "> head POST /b HTTP/1.1 (41)",
      "> head GET /c HTTP/1.1 (17) cut off",
    ],
  },
  {
    title: "a compressed frame, agreed on",
    parts: [["to-server", REQUEST], ["to-client", DEFLATED], ["to-client", hex("c1 02 4a 04")]],
    expected: ["> head GET / HTTP/1.1 (68)", "< head HTTP/1.1 101 OK (93)", "< frame c1024a04 (4)"],
  },
  {
    title: "a frame that is cut off, in its header and in its payload",
    parts: [["to-server", REQUEST], ["to-client", ACCEPTED], ["to-server", HELLO.subarray(0, 4)], ["to-client", hex("81 05 48")]],
    expected: [
      "> head GET / HTTP/1.1 (68)",
      "< head HTTP/1.1 101 Switching Protocols (56)",
      "> frame 818537fa (4) cut off",
      "< frame 810548 (3) cut off",
    ],
  },
];

const ends = ["end by client", "close by server"];

describe("the recorder", () => {
  for (const { title, parts, expected } of rows) {
    test(title, () => {
      const whole = record(parts);
      assert.deepEqual(whole.map(short), [...expected, ...ends]);
      assert.deepEqual(record(parts, (bytes) => [...bytes].map((byte) => Buffer.of(byte))).map(short), whole.map(short));
      const longest = Math.max(...parts.map(([, bytes]) => bytes.length));
      for (let at = 1; at < longest; at += 1) {
        const split = record(parts, (bytes) => [bytes.subarray(0, at), bytes.subarray(at)].filter(({ length }) => length > 0));
        assert.deepEqual(split.map(short), whole.map(short), `split at ${at}`);
      }
    });
  }

  test("cuts say where chunks begin", () => {
    const stream = Buffer.concat([REQUEST, HELLO, HELLO]);
    const [request, first, second] = record([["to-server", stream]], (bytes) => [bytes.subarray(0, 69), bytes.subarray(69, 73), bytes.subarray(73)]);
    assert.ok(request?.kind === "head" && first?.kind === "frame" && second?.kind === "frame");
    assert.deepEqual([request.cuts, first.cuts, second.cuts], [[0], [1, 5], []]);
  });

  test("of a long text, the beginning is kept, and all of it is judged", () => {
    const entries = record([["to-server", REQUEST], ["to-client", ACCEPTED], ["to-client", longText]], (bytes) => {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += 1000) chunks.push(bytes.subarray(at, at + 1000));
      return chunks;
    });
    const [frame] = entries.filter((entry) => entry.kind === "frame");
    assert.equal(frame?.size, 10 + 65538);
    assert.equal(frame.complete, true);
    assert.equal(frame.problem, undefined);
    assert.equal(Buffer.from(frame.bytes, "base64").length, 10 + 512);
    assert.equal(frame.cuts.length, 64);

    const broken = Buffer.from(longText);
    broken[60_000] = 0xff;
    const [judged] = record([["to-server", REQUEST], ["to-client", ACCEPTED], ["to-client", broken]]).filter((entry) => entry.kind === "frame");
    assert.equal(judged?.problem?.code, 1007);
  });

  test("a head without an end, and an endless body, are limited", () => {
    const line = text(`X-Long: ${"x".repeat(8190)}\r\n`);
    const [head] = record([["to-server", Buffer.concat([text("GET / HTTP/1.1\r\n"), ...Array<Buffer>(20).fill(line)])]]);
    assert.ok(head?.kind === "raw");
    assert.match(head.reason, /64 kB/);
    assert.equal(head.size, 16 + 20 * line.length);
    assert.ok(head.bytes.length < 90_000);
  });

  test("keeps the last thousand, and says which ones had to go", () => {
    const dropped: number[] = [];
    const recorder = new Recorder({ onChange() {}, onDrop: (id) => dropped.push(id), onClear() {} });
    const connection = recorder.connect();
    connection.pass("to-server", REQUEST);
    connection.pass("to-client", ACCEPTED);
    for (let i = 0; i < KEPT_ENTRIES; i += 1) connection.pass("to-client", hex("81 00"));
    assert.deepEqual(dropped, [1, 2]);
    assert.equal(recorder.ids.length, KEPT_ENTRIES);
    assert.equal(recorder.entry(1), undefined);
  });

  test("keeps the last 8 MB, however few entries they are; and what is gone counts no more", () => {
    const recorder = new Recorder({ onChange() {}, onDrop() {}, onClear() {} });
    const head = text(`GET / HTTP/1.1\r\nX-Long: ${"x".repeat(60_000)}\r\n\r\n`);
    const most = Math.floor((8 * 1024 * 1024) / head.length);
    const connection = recorder.connect();
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 200; i += 1) connection.pass("to-server", head);
      assert.equal(recorder.ids.length, most);
      recorder.clear();
    }
    for (let i = 0; i < most; i += 1) connection.pass("to-server", head);
    assert.equal(recorder.ids.length, most);
  });

  test("raw bytes do not go into an entry that is gone", () => {
    const recorder = new Recorder({ onChange() {}, onDrop() {}, onClear() {} });
    const connection = recorder.connect();
    connection.pass("to-server", hex("16 03 01"));
    recorder.clear();
    connection.pass("to-server", hex("04 05"));
    assert.deepEqual(recorder.ids.map((id) => recorder.entry(id)).map((entry) => entry && short(entry)), ["> raw \x04\x05 (2)"]);
  });

  test("after clear(), a frame that has begun before does not come back", () => {
    const recorder = new Recorder({ onChange() {}, onDrop() {}, onClear() {} });
    const connection = recorder.connect();
    connection.pass("to-server", Buffer.concat([REQUEST, HELLO.subarray(0, 4)]));
    recorder.clear();
    connection.pass("to-server", Buffer.concat([HELLO.subarray(4), HELLO]));
    assert.deepEqual(recorder.ids, [3]);
    const kept = recorder.entry(3);
    assert.ok(kept?.kind === "frame" && kept.complete);
  });

  test("after restart(), connections are numbered from 1, and old ones are not heard", () => {
    const recorder = new Recorder({ onChange() {}, onDrop() {}, onClear() {} });
    const old = recorder.connect();
    recorder.restart();
    old.pass("to-server", REQUEST);
    old.event("reset", "client");
    recorder.connect().event("open", "client");
    assert.deepEqual(recorder.ids.map((id) => recorder.entry(id)?.connection), [1]);
  });
});

test("a 101 is judged by the key of its request", () => {
  const request = text("GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  const answers: [string, RegExp | undefined][] = [
    ["HTTP/1.1 101 OK\r\n\r\n", /is missing/],
    ["HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: wrong\r\n\r\n", /does not fit/],
    ["HTTP/1.1 101 OK\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", undefined],
    ["HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", undefined],
  ];
  for (const [answer, words] of answers) {
    const head = record([["to-server", request], ["to-client", text(answer)]])[1];
    assert.ok(head?.kind === "head");
    if (words) assert.match(head.problem?.sentence ?? "", words);
    else assert.equal(head.problem, undefined);
  }
  const withoutKey = record([["to-server", REQUEST], ["to-client", ACCEPTED]])[1];
  assert.ok(withoutKey?.kind === "head" && withoutKey.problem === undefined);
});
