import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { listSteps } from "../lib/steps.ts";
import { decodeFrame, type Frame } from "./decode-frame.ts";
import { isUnreadable, isValidCloseCode, Judge, type FrameProblem, type JudgeOptions } from "./judge.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));

/** What a judge says of each frame; they are written one behind the other, with `|` in between. */
function verdicts(frames: string, options: JudgeOptions = { from: "server" }): (FrameProblem | undefined)[] {
  const judge = new Judge(options);
  return frames.split("|").map((hex) => {
    const frame = decodeFrame(bytes(hex));
    return judge.judge(frame, frame.complete);
  });
}

const DEFLATE: JudgeOptions = { from: "server", extensions: ["permessage-deflate"] };

interface Rule {
  name: string;
  bad: string;
  good: string;
  /** Of the bad frames, which one is; the last one unless told. */
  at?: number;
  options?: JudgeOptions;
  code?: number;
  section: string;
  says: RegExp;
  step?: string;
}

const rules: Rule[] = [
  { name: "RSV1", bad: "c1 00", good: "81 00", section: "5.2", says: /^RSV1 is set, and no extension/ },
  { name: "RSV2 and RSV3", bad: "b1 00", good: "81 00", section: "5.2", says: /^RSV2 and RSV3 are set/ },
  { name: "RSV1 with compression", bad: "c1 00 | e1 00", good: "c1 01 ff | c2 00", options: DEFLATE, section: "5.2", says: /^RSV2 is set/ },
  { name: "RSV1 in a later frame", bad: "41 00 | c0 00", good: "41 00 | 80 00", options: DEFLATE, section: "5.2", says: /^RSV1 may mark only/ },
  { name: "RSV1 in a ping", bad: "c9 00", good: "89 00", options: DEFLATE, section: "5.2", says: /^RSV1 may mark only/ },
  { name: "a reserved opcode for data", bad: "83 00", good: "82 00", section: "5.2", says: /^Opcode 3 is reserved/ },
  { name: "a reserved opcode for control", bad: "8b 00", good: "8a 00", section: "5.2", says: /^Opcode 11 is reserved/ },
  { name: "no mask from a client", bad: "81 00", good: "81 80 01 02 03 04", options: { from: "client" }, section: "5.1", says: /^A client must mask/ },
  { name: "a mask from a server", bad: "81 80 01 02 03 04", good: "81 00", section: "5.1", says: /^A server must not mask/ },
  { name: "a control frame in pieces", bad: "09 00", good: "89 00", section: "5.5", says: /^A control frame must not be fragmented/ },
  { name: "a long control frame", bad: `89 7e 00 7e ${"00".repeat(126)}`, good: `89 7d ${"00".repeat(125)}`, section: "5.5", says: /at most 125/ },
  { name: "16 bits for a short length", bad: `82 7e 00 7d ${"00".repeat(125)}`, good: `82 7e 00 7e ${"00".repeat(126)}`, section: "5.2", says: /^The length 125 is written in 16 bits, and 7 would do/ },
  { name: "64 bits for a short length", bad: "82 7f 00 00 00 00 00 00 00 00", good: "82 00", section: "5.2", says: /in 64 bits, and 7 would do/ },
  { name: "64 bits for a medium length", bad: "82 7f 00 00 00 00 00 00 ff ff", good: "82 7f 00 00 00 00 00 01 00 00", section: "5.2", says: /in 64 bits, and 16 would do/ },
  { name: "the top bit of a length", bad: "82 7f 80 00 00 00 00 00 00 00", good: "82 7f 7f ff ff ff ff ff ff ff", section: "5.2", says: /^The top bit/ },
  { name: "a continuation of nothing", bad: "80 00", good: "01 00 | 80 00", section: "5.4", says: /none has begun/ },
  { name: "a continuation of what is over", bad: "01 00 | 80 00 | 80 00", good: "01 00 | 00 00 | 80 00", section: "5.4", says: /none has begun/ },
  { name: "a message inside another", bad: "01 00 | 89 00 | 81 00", good: "01 00 | 89 00 | 80 00 | 81 00", section: "5.4", says: /^A new message begins inside/ },
  { name: "text that is not UTF-8", bad: "81 02 c3 28", good: "81 02 c3 a9", code: 1007, section: "8.1", says: /must be UTF-8/, step: "utf8" },
  { name: "text that is not UTF-8, masked", bad: "81 82 01 02 03 04 c2 2a", good: "81 82 01 02 03 04 c2 ab", options: { from: "client" }, code: 1007, section: "8.1", says: /must be UTF-8/, step: "utf8" },
  { name: "text cut in a character", bad: "01 01 c3 | 00 00 | 80 01 28", good: "01 01 c3 | 89 01 ff | 80 01 a9", code: 1007, section: "8.1", says: /must be UTF-8/, step: "utf8" },
  { name: "text that ends in a character", bad: "01 01 c3 | 80 00", good: "01 01 c3 | 80 01 a9", code: 1007, section: "8.1", says: /ends in the middle/, step: "utf8" },
  { name: "an overlong slash", bad: "81 02 c0 af", good: "81 01 2f", code: 1007, section: "8.1", says: /must be UTF-8/, step: "utf8" },
  { name: "half a close code", bad: "88 01 03", good: "88 00", section: "5.5.1", says: /two bytes/, step: "closing-handshake" },
  { name: "a bad close code", bad: "88 02 03 ed", good: "88 02 03 e8", section: "7.4.1", says: /^1005 must not be sent/, step: "closing-handshake" },
  { name: "a reason that is not UTF-8", bad: "88 03 03 e8 ff", good: "88 05 03 e8 62 79 65", code: 1007, section: "8.1", says: /reason/, step: "closing-handshake" },
  { name: "a frame after Close", bad: "88 00 | 81 00", good: "81 00 | 88 00", section: "5.5.1", says: /^Nothing may follow/, step: "closing-handshake" },
  { name: "a message too big", bad: "82 05 00 00 00 00 00", good: "82 04 00 00 00 00", options: { from: "server", maxPayload: 4 }, code: 1009, section: "7.4.1", says: /5 bytes by now, and at most 4/ },
  { name: "a message too big in sum", bad: "02 03 00 00 00 | 80 02 00 00", good: "02 03 00 00 00 | 80 01 00 | 82 03 00 00 00", options: { from: "server", maxPayload: 4 }, code: 1009, section: "7.4.1", says: /5 bytes by now/ },
  { name: "a message too big, with a ping in between", bad: "02 03 00 00 00 | 89 05 00 00 00 00 00 | 80 02 00 00", good: "02 04 00 00 00 00 | 89 05 00 00 00 00 00 | 80 00", options: { from: "server", maxPayload: 4 }, code: 1009, section: "7.4.1", says: /5 bytes by now/ },
  { name: "a message too big, by its header", bad: "82 7f 00 00 00 01 00 00 00 00", good: "82 04 00", options: { from: "server", maxPayload: 4 }, code: 1009, section: "7.4.1", says: /4,294,967,296 bytes/ },
];

describe("each rule has a frame that breaks it, and one that does not", () => {
  for (const { name, bad, good, options, code = 1002, section, says, step = "protocol-errors" } of rules) {
    test(name, () => {
      const said = verdicts(bad, options);
      assert.deepEqual(said.slice(0, -1).filter(Boolean), []);
      const problem = said.at(-1);
      assert.ok(problem, "the bad frame is accepted");
      assert.deepEqual([problem.code, problem.section, problem.step], [code, section, step]);
      assert.match(problem.sentence, says);
      assert.deepEqual(verdicts(good, options).filter(Boolean), []);
    });
  }
});

test("the steps that problems name exist", () => {
  const slugs = listSteps().map(({ slug }) => slug);
  for (const { step = "protocol-errors" } of rules) assert.ok(slugs.includes(step), step);
});

test("compressed text is not judged as text", () => {
  assert.deepEqual(verdicts("41 01 ff | 80 01 ff | 81 01 41", DEFLATE).filter(Boolean), []);
});

test("a problem does not spoil the next frames", () => {
  const said = verdicts("c1 02 68 69 | 81 02 68 69 | 82 00", { from: "server" });
  assert.deepEqual(said.map(Boolean), [true, false, false]);
  // Text whose header is wrong is read on.
  const masks = verdicts("01 01 c3 | 80 01 a9", { from: "client" });
  assert.deepEqual(masks.map((problem) => problem?.section), ["5.1", "5.1"]);
});

test("only data frames are too big, and what came before a stray continuation does not count", () => {
  const codes = (frames: string) => verdicts(frames, { from: "server", maxPayload: 4 }).map((problem) => problem?.code);
  assert.deepEqual(codes("82 05 00 00 00 00 00 | 89 00"), [1009, undefined]);
  assert.deepEqual(codes("82 03 00 00 00 | 00 02 00 00 | 80 02 00 00"), [undefined, 1002, undefined]);
});

test("of a second Close, one thing is said: that it is one too many", () => {
  const judge = new Judge({ from: "server" });
  judge.judge(decodeFrame(bytes("88 00")), true);
  assert.match(judge.begin(decodeFrame(bytes("88 02")).header)?.sentence ?? "", /^Nothing may follow/);
  judge.payload(bytes("03 ed"));
  assert.equal(judge.end(), undefined);
});

test("a cut-off header is judged as far as it is there", () => {
  assert.match(verdicts("83")[0]?.sentence ?? "", /Opcode 3/);
  assert.equal(verdicts("81")[0], undefined);
  assert.match(verdicts("81 fe 00")[0]?.sentence ?? "", /must not mask/);
});

test("where only the beginning of a payload is known, its end is not judged", () => {
  const judge = new Judge({ from: "server" });
  const judgeHex = (hex: string, isWhole: boolean) => judge.judge(decodeFrame(bytes(hex)), isWhole);
  assert.equal(judgeHex("01 05 c3", false), undefined);
  assert.equal(judgeHex("80 01 ff", true), undefined);
  assert.equal(judgeHex("81 02 c3 28", true)?.code, 1007);
  assert.equal(judgeHex("81 05 c3 28", false)?.code, 1007);
});

test("in parts a frame is judged as it is in one piece", () => {
  const random = fc.uint8Array({ minLength: 0, maxLength: 12 });
  const text = fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => new TextEncoder().encode(text));
  const payload = fc.oneof(random, text);
  const header = fc.constantFrom(0x01, 0x81, 0x00, 0x80, 0x02, 0x88, 0x89, 0xc1);
  fc.assert(
    fc.property(fc.array(fc.tuple(header, payload, fc.nat(12)), { maxLength: 5 }), (frames) => {
      const whole = new Judge(DEFLATE);
      const parts = new Judge(DEFLATE);
      for (const [first, payload, cut] of frames) {
        const frame: Frame = decodeFrame(Uint8Array.of(first, payload.length, ...payload));
        const inOne = whole.judge(frame, true);
        const begun = parts.begin(frame.header);
        const [left, right] = [parts.payload(payload.subarray(0, cut)), parts.payload(payload.subarray(cut))];
        const ended = parts.end();
        assert.deepEqual(begun ?? left ?? right ?? ended, inOne);
      }
    }),
  );
});

test("close codes", () => {
  const valid = [1000, 1003, 1007, 1014, 3000, 4999];
  const invalid = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535];
  assert.deepEqual(valid.filter(isValidCloseCode), valid);
  assert.deepEqual(invalid.filter(isValidCloseCode), []);
});

test("what cannot be read as frames", () => {
  const unreadable = (hex: string, extensions?: string[]): boolean => isUnreadable(decodeFrame(bytes(hex)).header, extensions);
  // "Hi", a line end, and an impossible length.
  for (const hex of ["48 69", "0d 0a", "82 7f 80 00 00 00 00 00 00 00"]) assert.equal(unreadable(hex), true, hex);
  for (const hex of ["", "81", "81 05", "f3 02 68 69", "83 00", "01 03", "09 00", "82 7f 7f"]) assert.equal(unreadable(hex), false, hex);
  assert.deepEqual([unreadable("41 05"), unreadable("41 05", ["permessage-deflate"])], [true, false]);
  for (const hex of ["21 05", "11 05", "61 05"]) assert.equal(unreadable(hex, ["permessage-deflate"]), true, hex);
  for (let code = 0x20; code < 0x7f; code++) assert.equal(isUnreadable(decodeFrame(Uint8Array.of(code, 65)).header), true);
});
