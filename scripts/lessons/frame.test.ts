import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listSteps } from "../lib/steps.ts";
import { assertNoFindings, describeFinding } from "./finding.ts";
import { toHex } from "../wire/decode-frame.ts";
import { checkFrames, parseFrameBlock } from "./frame.ts";
import { parseLesson, readLesson } from "./lesson.ts";

describe("the frames of the lessons have the fields that the lessons claim", () => {
  for (const step of listSteps()) {
    test(step.name, () => assertNoFindings(checkFrames(readLesson(step.folder))));
  }
});

test("a block of two frames", () => {
  const blocks = parseFrameBlock("01 03\n48 65 6c\nfin: 0\n\n80 00\npayload:\n");
  assert.deepEqual(
    blocks.map(({ bytes, claims, row }) => [toHex(bytes), claims, row]),
    [
      ["01 03 48 65 6c", [{ name: "fin", value: "0", row: 2 }], 0],
      ["80 00", [{ name: "payload", value: "", row: 5 }], 4],
    ],
  );
});

/** What the gate says about a lesson with this block, whose first line is line 2. */
function check(block: string, kind = "frame"): string[] {
  return checkFrames(parseLesson(`\`\`\`${kind}\n${block}\n\`\`\`\n`, "README.md")).map(describeFinding);
}

const HELLO = "81 85 37 fa 21 3d 7f 9f 4d 51 58\n";

test("claims that are right", () => {
  assert.deepEqual(
    check(
      `${HELLO}fin: 1\nrsv1: 0\nrsv2: 0\nrsv3: 0\nopcode: 1 text\nmasked: 1\nlength: 5\n` +
        "mask: 37 FA 21 3d\npayload: Hello\npayload-hex: 48 65 6c 6c 6f\nheader: 81 85 37 fa 21 3d",
    ),
    [],
  );
  assert.deepEqual(check("88 04 03 e8 4f 4b\nopcode: 0x8 close\nmask: none\ncode: 1000\nreason: OK"), []);
  assert.deepEqual(check("48 69\nfin: 0\nrsv1: 1\nopcode: 8 close\nlength: 105"), []);
  assert.deepEqual(check("01 03 48 65 6c\npayload: Hel\n\n80 02 6c 6f\nopcode: 0 continuation\npayload: lo"), []);
});

test("a frame has no name, but it may be compressed", () => {
  assert.deepEqual(check("c1 00\nrsv1: 1", "frame permessage-deflate"), []);
  assert.deepEqual(check("c1 00\nrsv1: 1", "frame permessage-deflate server"), [
    'README.md:1: A frame block has no name; "server" is too much.',
  ]);
});

describe("claims that are wrong", () => {
  const cases: [name: string, block: string, message: string][] = [
    ["a bit", `${HELLO}fin: 0`, 'README.md:3: The lesson claims "fin: 0", but the bytes say "fin: 1" (byte 1 is 81, 10000001).'],
    ["a wrong bit in the bytes", "01 00\nfin: 1", '"fin: 0" (byte 1 is 01, 00000001)'],
    ["a reserved bit", `${HELLO}rsv2: 1`, '"rsv2: 0"'],
    ["the opcode", `${HELLO}opcode: 2`, 'the bytes say "opcode: 1 text"'],
    ["the opcode's name", `${HELLO}opcode: 1 binary`, 'claims "opcode: 1 binary", but the bytes say "opcode: 1 text"'],
    ["the length", `${HELLO}length: 6`, '"length: 5" (byte 2 is 85, 10000101)'],
    ["the mask", `${HELLO}mask: 37 fa 21 3e`, '"mask: 37 fa 21 3d" (bytes 3 to 6)'],
    ["a mask where there is none", "81 00\nmask: 01 02 03 04", 'the bytes say "mask: none"'],
    ["the payload", `${HELLO}payload: hello`, '"payload: Hello"'],
    ["a payload that is no text", "82 01 ff\npayload: ÿ", "use payload-hex"],
    ["the header", `${HELLO}header: 81 85`, '"header: 81 85 37 fa 21 3d"'],
    ["a close code", "88 02 03 e9\ncode: 1000", 'the bytes say "code: 1001"'],
    ["a close code elsewhere", "81 02 03 e8\ncode: 1000", '"code" is a field of close frames'],
    ["an unknown field", `${HELLO}len: 5`, 'There is no field "len". The fields are: fin, rsv1, rsv2, rsv3, opcode, masked, length,'],
    ["a field of all objects", `${HELLO}constructor: 5`, 'There is no field "constructor"'],
    ["bytes that are not there", "81 05 48\npayload: Hello", 'The bytes for "payload" are not there: the frame is cut off after 3.'],
    ["a header that is not there", "81 85 37\nmask: 37", 'The bytes for "mask" are not there'],
    ["too many bytes", "81 01 48 65\nfin: 1", "The frame has 3 bytes (2 of header, 1 of payload), and here are 1 more."],
    ["no bytes", "fin: 1", "There are no bytes above this field."],
    ["bytes after the fields", "81 01\nfin: 1\n48", "The bytes stand before the fields"],
    ["no hex", "81 0g", "neither bytes in hex (81 05 48 ...) nor a field"],
    ["the second frame", "89 00\nopcode: 9\n\n8a 00\nopcode: 9", 'README.md:6: The lesson claims "opcode: 9", but the bytes say "opcode: 10 pong"'],
  ];
  for (const [name, block, message] of cases) {
    test(name, () => {
      const findings = check(block).join("\n");
      assert.ok(findings.includes(message), findings);
    });
  }
  test("nothing at all", () => assert.match(check("").join(), /no bytes/));
});

describe("hex and bits side by side", () => {
  const dump = "Received 11 bytes\n  81 85 37 fa   10000001 10000101 00110111 11111010\n  21 3d 7f 9f   00100001 00111101 01111111 10011111\n  4d 51 58      01001101 01010001 01011000";

  test("are the same bytes", () => {
    assert.deepEqual(check(dump, "console server random-mask"), []);
    assert.deepEqual(check(dump.replace("10000001", "10000011"), "console server"), [
      "README.md:3: 81 85 37 fa in bits is 10000001 10000101 00110111 11111010, " +
        "not 10000011 10000101 00110111 11111010.",
    ]);
  });

  test("and a whole frame, whose text is text", () => {
    const wrong = (from: string, to: string): string => check(dump.replaceAll(from, to), "console server random-mask").join();
    assert.match(wrong("\n  4d 51 58      01001101 01010001 01011000", ""), /end in the middle of a frame/);
    assert.match(wrong("58      01001101 01010001 01011000", "a7      01001101 01010001 10100111"), /are no text/);
    assert.match(wrong("81 85", "81 85"), /^$/);
    assert.match(check("Received", "console server random-mask").join(), /shows no bytes/);
  });
});

test("sentences about bytes", () => {
  const say = (text: string): string[] => checkFrames(parseLesson(text, "README.md")).map(describeFinding);
  assert.deepEqual(say("`H` is 48 in hex, `01001000` in bits; the bits `10100`, are 20. Code 1000 is 1 code."), []);
  assert.deepEqual(say("`H` is 49 in hex."), ["README.md:1: H is 48 in hex, not 49."]);
  assert.deepEqual(say("`H` is 48 in hex, `01001001` in bits."), ["README.md:1: H is 01001000 in bits, not 01001001."]);
  assert.deepEqual(say("`10101`, are 20."), ["README.md:1: 10101 is 21, not 20."]);
});
