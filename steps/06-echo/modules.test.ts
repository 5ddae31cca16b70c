import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Opcode } from "./constants.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";

const KEY = Buffer.from("a1b2c3d4", "hex");

/** A frame as a client sends it. `first` is its first byte: FIN, the reserved bits, the opcode. */
function frame(first: number, payload: Buffer | string = ""): Buffer {
  const masked = Buffer.from(payload);
  masked.forEach((byte, i) => (masked[i] = byte ^ KEY.readUInt8(i % 4)));
  return Buffer.concat([Buffer.from([first, 0x80 | masked.length]), KEY, masked]);
}

function hex(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(" ", ""), "hex");
}

const decoded: [title: string, bytes: Buffer, expected: string | undefined][] = [
  ["the RFC's masked Hello", hex("81 85 37fa213d 7f9f4d5158"), "fin 1 Hello"],
  ["an empty text", hex("81 80 37fa213d"), "fin 1 "],
  ["a frame that is not final", hex("01 81 00000000 61"), "1 a"],
  ["a binary frame", hex("82 81 00000000 61"), "fin 2 a"],
  ["125 bytes", hex(`81 fd 00000000 ${"61".repeat(125)}`), `fin 1 ${"a".repeat(125)}`],
  ["what comes behind the frame", hex("81 81 00000000 61 81 81"), "fin 1 a"],
  ["nothing", Buffer.alloc(0), undefined],
  ["half a header", hex("81 85 37"), undefined],
  ["half a payload", hex("81 85 37fa213d 7f9f"), undefined],
  ["a length of 126, which is no length", hex("81 fe 00000000 61"), undefined],
];

for (const [title, bytes, expected] of decoded) {
  test(`decodeFrame: ${title}`, () => {
    const found = decodeFrame(bytes);
    const { fin, opcode } = found?.header ?? {};
    assert.equal(found && `${fin ? "fin " : ""}${opcode} ${found.payload}`, expected);
  });
}

test("decodeFrame: as long as a byte is missing, there is no frame", () => {
  const bytes = hex("81 85 37fa213d 7f9f4d5158");
  for (let end = 0; end < bytes.length; end++) assert.equal(decodeFrame(bytes.subarray(0, end)), undefined);
});

test("decodeFrame: gives back what was masked", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 125 }), (payload) => {
      const found = decodeFrame(frame(0x82, Buffer.from(payload)));
      assert.deepEqual(found?.payload, Buffer.from(payload));
    }),
  );
});

test("encodeFrame: the RFC's unmasked Hello", () => {
  assert.deepEqual(encodeFrame(Opcode.Text, Buffer.from("Hello")), hex("81 05 48656c6c6f"));
});

test("encodeFrame: an empty payload", () => {
  assert.deepEqual(encodeFrame(Opcode.Binary, Buffer.alloc(0)), hex("82 00"));
});

test("encodeFrame: at most 125 bytes", () => {
  assert.deepEqual(encodeFrame(Opcode.Text, Buffer.alloc(125)), Buffer.concat([hex("81 7d"), Buffer.alloc(125)]));
  assert.throws(() => encodeFrame(Opcode.Text, Buffer.alloc(126)), RangeError);
});
