import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeBytes, describeLastFrame } from "./describe-bytes.ts";
import { formatWrongByte, wrongByteOfFrame, wrongByteOfHead, wrongByteOfOutput, wrongByteOfText } from "./wrong-byte.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("the first wrong byte of a frame has the name of its field", () => {
  const rows: [came: string, expected: string, where: string, field: string][] = [
    ["01 02 48 69", "81 02 48 69", "byte 0 of the frame", "FIN: 0, expected 1"],
    ["c1 02 48 69", "81 02 48 69", "byte 0 of the frame", "RSV1: 1, expected 0"],
    ["82 02 48 69", "81 02 48 69", "byte 0 of the frame", "opcode: 2 (binary), expected 1 (text)"],
    ["81 82 48 69", "81 02 48 69", "byte 1 of the frame", "MASK: 1, expected 0"],
    ["81 03 48 69 21", "81 02 48 69", "byte 1 of the frame", "payload length in bytes: 3, expected 2"],
    ["81 7e 7e 00", "81 7e 00 7e", "byte 2 of the frame", "payload length in bytes: 32256, expected 126"],
    ["81 02 48 68", "81 02 48 69", "byte 3 of the frame", "byte 1 of the payload"],
    ["88 02 03 ea", "88 02 03 e8", "byte 3 of the frame", "byte 1 of the payload"],
    ["81 02 48", "81 02 48 69", "byte 3 of the frame", "byte 1 of the payload"],
  ];
  for (const [came, expected, where, field] of rows) {
    test(`${came} instead of ${expected}`, () => {
      const wrong = wrongByteOfFrame(bytes(came), bytes(expected));
      assert.deepEqual([wrong?.where, wrong?.field], [where, field]);
    });
  }

  test("of equal ones there is none", () => assert.equal(wrongByteOfFrame(bytes("8100"), bytes("8100")), undefined));

  test("text where nothing should come is no frame", () => {
    assert.equal(wrongByteOfFrame(Buffer.from("HTTP/1.1 101"), Buffer.alloc(0))?.where, "byte 0 of what came");
  });
});

test("a wrong byte shows its bits, and marks those that differ", () => {
  assert.equal(
    formatWrongByte(wrongByteOfFrame(bytes("8200"), bytes("8100"))!),
    [
      "The first wrong byte is byte 0 of the frame: opcode: 2 (binary), expected 1 (text)",
      "  came      82   10000010",
      "  expected  81   10000001",
      "                       ^^",
    ].join("\n"),
  );
  assert.equal(
    formatWrongByte(wrongByteOfText("the value of Upgrade", "web", "webs")!),
    ['The first wrong byte is byte 3 of the value of Upgrade: nothing, expected "s"', "  came      (nothing)", "  expected  73   01110011"].join("\n"),
  );
});

test("of a response, a line that ends wrongly is found, and one that is none", () => {
  assert.equal(wrongByteOfHead(Buffer.from("HTTP/1.1 101 X\r\nA: b\n\r\n"))?.where, "byte 20 of the response");
  assert.equal(wrongByteOfHead(Buffer.from("Hi, from the server!"))?.field, '"i", expected "T"');
  assert.equal(wrongByteOfHead(Buffer.from("HTTP/1.1 101 X\r\n\r\n")), undefined);
});

test("of what was printed, the place counts that goes well for longest", () => {
  const wrong = (output: string) => wrongByteOfOutput(output, "Websockets are great");
  assert.deepEqual([wrong("Upgrading to WebSocket protocol\nReceived: W|wo\nuat")?.where, wrong("Received: W|wo")?.field], [
    "byte 1 of the text that it printed",
    '"|", expected "e"',
  ]);
  assert.equal(wrong("Received: Websockets are")?.actual, undefined);
  assert.equal(wrong("nothing of the kind"), undefined);
});

test("the last frame of a request and what follows it, field by field", () => {
  const request = Buffer.from("GET / HTTP/1.1\r\n\r\n");
  assert.equal(
    describeLastFrame(Buffer.concat([request, bytes("8900 81 82 01 02 03 04 49 6b 81")])),
    'FIN 1 · RSV 000 · opcode 1 · MASK 1 · length 2 · key 01 02 03 04 · payload "Hi"',
  );
  assert.equal(describeLastFrame(request), undefined);
});

describe("bytes in words", () => {
  const rows: [title: string, bytes: Buffer, expected: string][] = [
    ["nothing", Buffer.alloc(0), "(nothing)"],
    ["text", Buffer.from("Hi, from the server!"), "Hi, from the server!"],
    ["a frame", bytes("81 02 48 69"), '81 02 48 69   (text, 2 bytes: "Hi")'],
    ["a masked one", bytes("81 82 01 02 03 04 49 6b"), '81 82 01 02 03 04 49 6b   (text, masked, 2 bytes: "Hi")'],
    ["several", bytes("01 01 48 80 01 69"), '01 01 48   (text, FIN 0, 1 byte: "H")\n80 01 69   (continuation, 1 byte: "i")'],
    ["a close frame", bytes("88 04 03 e8 6f 6b"), '88 04 03 e8 6f 6b   (close, 4 bytes: code 1000 "ok")'],
    ["one that is cut off", bytes("81 05 48 69"), '81 05 48 69   (text, 5 bytes, of which 2 are here: "Hi")'],
    ["half a header", bytes("81"), "81   (text, cut off in the header)"],
    ["a reserved opcode and bit", bytes("c3 00"), "c3 00   (reserved opcode 3, RSV1, 0 bytes)"],
    ["no UTF-8", bytes("81 01 ff"), "81 01 ff   (text, 1 byte: ff)"],
    ["a request and a frame", Buffer.from("GET / HTTP/1.1\r\nA: b\r\n\r\n\x89\x00", "latin1"), "GET / HTTP/1.1\nA: b\n\n89 00   (ping, 0 bytes)"],
    ["a response and a frame", Buffer.from("HTTP/1.1 101 X\r\n\r\n\x81\x00", "latin1"), "HTTP/1.1 101 X\n\n81 00   (text, 0 bytes)"],
    ["a head that is not text, and a frame", Buffer.from("HTTP/1.1 101 \xe9\r\n\r\n\x89\x00", "latin1"), "48 54 54 50 2f 31 2e 31 20 31 30 31 20 e9\n\n89 00   (ping, 0 bytes)"],
    ["a response and its body", Buffer.from("HTTP/1.1 400 X\r\n\r\nNo.\n"), "HTTP/1.1 400 X\n\nNo."],
  ];
  for (const [title, content, expected] of rows) test(title, () => assert.equal(describeBytes(content), expected));

  test("eight frames are all listed", () => {
    assert.match(describeBytes(Buffer.alloc(16, bytes("8900"))), /^(89 00 {3}\(ping, 0 bytes\)\n?){8}$/);
  });

  test("a hundred frames are not all listed", () => {
    assert.match(describeBytes(Buffer.alloc(200, bytes("8900"))), /^(89 00 {3}\(ping, 0 bytes\)\n){8}… and 184 bytes more$/);
  });
});
