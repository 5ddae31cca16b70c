import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Opcode } from "./constants.ts";
import { decodeFrame, decodeHeader, encodeFrame } from "./frame.ts";

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

const decoded: [title: string, bytes: Buffer, expected: string | undefined][] = [
  ["the RFC's masked Hello", hex("81 85 37fa213d 7f9f4d5158"), "fin 1 Hello"],
  ["the RFC's unmasked Hello", hex("81 05 48656c6c6f"), "fin 1 Hello"],
  ["an empty text", hex("81 80 37fa213d"), "fin 1 "],
  ["a frame that is not final", hex("01 81 00000000 61"), "1 a"],
  ["what comes behind the frame", hex("81 81 00000000 61 81 81"), "fin 1 a"],
  ["nothing", Buffer.alloc(0), undefined],
  ["a header of one byte", hex("81"), undefined],
  ["a header without all of its length", hex("81 7e 01"), undefined],
  ["a header without all of its key", hex("81 85 37"), undefined],
  ["half a payload", hex("81 85 37fa213d 7f9f"), undefined],
  ["a declared terabyte", hex("82 7f 0000010000000000 01"), undefined],
];

for (const [title, bytes, expected] of decoded) {
  test(`decodeFrame: ${title}`, () => {
    const found = decodeFrame(bytes);
    const { fin, opcode } = found?.header ?? {};
    assert.equal(found && `${fin ? "fin " : ""}${opcode} ${found.payload}`, expected);
  });
}

for (const length of [0, 1, 125, 126, 127, 255, 256, 65535, 65536, 70000]) {
  test(`decodeFrame: ${length} bytes, and not one less`, () => {
    const payload = Buffer.alloc(length, "abc");
    const bytes = frame(0x82, payload);
    assert.deepEqual(decodeFrame(bytes)?.payload, payload);
    assert.equal(decodeFrame(bytes.subarray(0, -1)), undefined);
  });
}

test("decodeHeader: 2^53, where numbers begin to be rounded", () => {
  assert.equal(decodeHeader(hex("82 7f 0020000000000000")).length, 2 ** 53);
});

test("decodeFrame: gives back what was encoded, with a mask and without", () => {
  const payloads = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(Opcode)), payloads, (opcode, payload) => {
      for (const bytes of [encodeFrame(opcode, payload), frame(0x80 | opcode, payload)]) {
        const found = decodeFrame(bytes);
        assert.equal(found?.header.opcode, opcode);
        assert.deepEqual(found?.payload, payload);
      }
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
