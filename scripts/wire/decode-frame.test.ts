import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeFrame, decodeFrames, toHex, unmask } from "./decode-frame.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));

describe("decodeFrame", () => {
  test("RFC 6455, section 5.7: a masked text, with the places of its fields", () => {
    const frame = decodeFrame(bytes("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
    assert.deepEqual(frame.fields, [
      { name: "fin", bit: 0, bits: 1, value: "1" },
      { name: "rsv1", bit: 1, bits: 1, value: "0" },
      { name: "rsv2", bit: 2, bits: 1, value: "0" },
      { name: "rsv3", bit: 3, bits: 1, value: "0" },
      { name: "opcode", bit: 4, bits: 4, value: "1", label: "text" },
      { name: "masked", bit: 8, bits: 1, value: "1" },
      { name: "length", bit: 9, bits: 7, value: "5" },
      { name: "mask", bit: 16, bits: 32, value: "37 fa 21 3d" },
      { name: "payload", bit: 48, bits: 40, value: "48 65 6c 6c 6f" },
    ]);
    assert.equal(Buffer.from(frame.payload).toString(), "Hello");
    assert.equal(frame.complete, true);
  });

  test("long lengths", () => {
    const medium = decodeFrame(bytes("82 7e 01 00"));
    assert.deepEqual(medium.fields.at(-1), { name: "length", bit: 9, bits: 23, value: "256" });
    assert.equal(medium.headerLength, 4);
    const long = decodeFrame(bytes("82 ff 80 00 00 00 00 00 00 01 01 02 03 04"));
    const length = long.fields.find(({ name }) => name === "length");
    assert.deepEqual(length, { name: "length", bit: 9, bits: 71, value: "9223372036854775809" });
    assert.equal(long.headerLength, 14);
  });

  test("each bit of the first byte", () => {
    for (const [byte, expected] of [["80", "1000"], ["40", "0100"], ["20", "0010"], ["10", "0001"]] as const) {
      const values = decodeFrame(bytes(byte)).fields.slice(0, 4).map(({ value }) => value);
      assert.equal(values.join(""), expected);
    }
  });

  test("stops where the bytes stop, and where the frame stops", () => {
    const whole = bytes("81 fe 00 7e 01 02 03 04 aa bb");
    const names = (length: number): string | undefined => decodeFrame(whole.subarray(0, length)).fields.at(-1)?.name;
    assert.deepEqual(
      Array.from({ length: 11 }, (_, length) => names(length)),
      [undefined, "opcode", "masked", "masked", "length", "length", "length", "length", "mask", "payload", "payload"],
    );
    assert.equal(decodeFrame(whole).complete, false);
    const two = decodeFrame(bytes("89 00 8a 00"));
    assert.deepEqual([toHex(two.bytes), two.complete], ["89 00", true]);
  });
});

test("a mask is taken off part by part", () => {
  const mask = bytes("37 fa 21 3d");
  const sent = bytes("7f 9f 4d 51 58");
  for (let cut = 0; cut <= sent.length; cut++) {
    const parts = [...unmask(sent.subarray(0, cut), mask), ...unmask(sent.subarray(cut), mask, cut)];
    assert.equal(Buffer.from(parts).toString(), "Hello");
  }
  assert.deepEqual(unmask(sent, undefined), sent);
});

describe("decodeFrames", () => {
  test("one frame after the other, and the last one as far as it goes", () => {
    const rows: [hex: string, frames: string[]][] = [
      ["", []],
      ["89 00", ["89 00"]],
      ["89 00 81 82 01 02 03 04 49 6b 81 05 48", ["89 00", "81 82 01 02 03 04 49 6b", "81 05 48"]],
      ["89 00 82 7e 01", ["89 00", "82 7e 01"]],
      ["82 7f ff ff ff ff ff ff ff ff 01", ["82 7f ff ff ff ff ff ff ff ff 01"]],
    ];
    for (const [hex, frames] of rows) assert.deepEqual([...decodeFrames(bytes(hex))].map((frame) => toHex(frame.bytes)), frames);
  });
});
