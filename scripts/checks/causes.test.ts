import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { visible } from "./bytes.ts";
import { causeOfAccept, causeOfPayload } from "./causes.ts";
import { frame, OP } from "./frames.ts";
import { unfinishedHead } from "./raw-client.ts";
import { wrongByteOfFrame } from "./wrong-byte.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const hash = (data: string | Uint8Array, encoding: "base64" | "hex" = "base64") => createHash("sha1").update(data).digest(encoding);

describe("a wrong accept value tells what it was made of", () => {
  const rows: [accept: string, cause: RegExp | undefined][] = [
    [hash(KEY + GUID), undefined],
    [hash(KEY + GUID, "hex"), /right hash in hex/],
    [Buffer.from(hash(KEY + GUID, "hex")).toString("base64"), /hex digits/],
    [hash(KEY), /key alone/],
    [hash(GUID + KEY), /in front of the key/],
    [hash(KEY + GUID.toLowerCase()), /small letters/],
    [hash(Buffer.concat([Buffer.from(KEY, "base64"), Buffer.from(GUID)])), /decoded from base64/],
    [hash(`${KEY}${GUID}\r\n`), /line end/],
    [hash(KEY + GUID.replace("E914", "E915")), /letter by letter/],
    ["abc", /20 bytes/],
  ];
  for (const [accept, cause] of rows) {
    test(accept, () => {
      const sent = Buffer.from(`GET / HTTP/1.1\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`);
      const received = Buffer.from(`HTTP/1.1 101 X\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      const found = causeOfAccept({ sent, received });
      if (cause === undefined) assert.equal(found, undefined);
      else assert.match(found ?? "", cause);
    });
  }
});

describe("a wrong byte in an echo", () => {
  const head = Buffer.from("GET / HTTP/1.1\r\n\r\n");
  const wrong = wrongByteOfFrame(Buffer.from("\x81\x06Hello?", "latin1"), Buffer.from("\x81\x06Hello!", "latin1"))!;
  const conversation = (...frames: Buffer[]) => ({ sent: Buffer.concat([head, ...frames]), received: Buffer.alloc(0) });

  test("names the byte of the key", () => {
    assert.match(causeOfPayload(wrong, conversation(frame(OP.ping), frame(OP.text, "Hello!"))) ?? "", /byte 1 of the key 3d 54 23 39 masks it \(5 % 4 is 1/);
  });

  test("of a message in fragments, names none", () => {
    assert.equal(causeOfPayload(wrong, conversation(frame(OP.text, "Hel", { fin: false }), frame(OP.continuation, "lo!"))), undefined);
  });

  test("shows its neighbours in the payload, and none of the header's bytes", () => {
    assert.equal(Buffer.from(wrong.around!.actual).toString(), "Hello?");
  });
});

test("a head without its empty line says so, and shows its last bytes", () => {
  assert.match(unfinishedHead(Buffer.from("HTTP/1.1 101 X\r\nA: b\r\n")) ?? "", /0d 0a 0d 0a\. The last bytes here are 20 62 0d 0a\./);
  assert.equal(unfinishedHead(Buffer.from("HTTP/1.1 101 X\r\n\r\n")), undefined);
  assert.equal(unfinishedHead(Buffer.from("\x81", "latin1")), undefined);
});

test("control characters of a program's output do nothing to the terminal", () => {
  assert.equal(visible("a\x1b[2J\x07\tb\r\nc\x9b"), "a\\x1b[2J\\x07\tb\nc\\x9b");
});
