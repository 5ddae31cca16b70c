import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeFrame, toHex } from "./decode-frame.ts";
import { encodeFrame, type FrameParts, type LengthForm } from "./encode-frame.ts";

const HELLO: FrameParts = {
  fin: true,
  rsv: 0,
  opcode: 1,
  mask: Uint8Array.of(0x37, 0xfa, 0x21, 0x3d),
  lengthForm: "shortest",
  payload: new TextEncoder().encode("Hello"),
};

test("the examples of RFC 6455, section 5.7", () => {
  assert.equal(toHex(encodeFrame(HELLO)), "81 85 37 fa 21 3d 7f 9f 4d 51 58");
  assert.equal(toHex(encodeFrame({ ...HELLO, mask: undefined })), "81 05 48 65 6c 6c 6f");
  const header = (length: number) => toHex(encodeFrame({ ...HELLO, mask: undefined, opcode: 2, payload: new Uint8Array(length) }).subarray(0, 10));
  assert.match(header(256), /^82 7e 01 00 /);
  assert.equal(header(65536), "82 7f 00 00 00 00 00 01 00 00");
});

test("what is left out is as in a server's frame", () => {
  assert.equal(toHex(encodeFrame({ opcode: 9, payload: Uint8Array.of(1, 2) })), "89 02 01 02");
});

test("wrong forms and false lengths", () => {
  const hex = (parts: Partial<FrameParts>) => toHex(encodeFrame({ ...HELLO, mask: undefined, payload: new Uint8Array(), ...parts }));
  assert.equal(hex({ lengthForm: 16 }), "81 7e 00 00");
  assert.equal(hex({ lengthForm: 64 }), "81 7f 00 00 00 00 00 00 00 00");
  assert.equal(hex({ falseLength: 70000n }), "81 7f 00 00 00 00 00 01 11 70");
  assert.equal(hex({ falseLength: 2n ** 64n - 1n }), "81 7f ff ff ff ff ff ff ff ff");
  assert.equal(hex({ fin: false, rsv: 7, opcode: 15 }), "7f 00");
  assert.throws(() => hex({ lengthForm: 7, falseLength: 126n }), /126 does not fit into 7 bits/);
  assert.throws(() => hex({ lengthForm: 16, falseLength: 65536n }), /does not fit into 16 bits/);
  assert.throws(() => hex({ falseLength: 2n ** 64n }), /does not fit into 64 bits/);
});

test("what is encoded is decoded", () => {
  const form = fc.constantFrom<LengthForm>("shortest", 16, 64);
  const mask = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined });
  const payload = fc.oneof(fc.uint8Array({ maxLength: 10 }), fc.uint8Array({ minLength: 124, maxLength: 130 }));
  fc.assert(
    fc.property(fc.boolean(), fc.nat(7), fc.nat(15), mask, form, payload, (fin, rsv, opcode, mask, lengthForm, payload) => {
      const bytes = encodeFrame({ fin, rsv, opcode, mask, lengthForm, payload });
      const frame = decodeFrame(bytes);
      assert.equal(bytes[0], (fin ? 128 : 0) + 16 * rsv + opcode);
      assert.deepEqual([...frame.payload], [...payload]);
      assert.deepEqual([frame.complete, frame.bytes.length], [true, bytes.length]);
    }),
  );
});
