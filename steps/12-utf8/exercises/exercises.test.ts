import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CheckError, checksOf, expectFrame, frame, OP, runProgram } from "../../../scripts/checks/index.ts";
import { firstBadByte } from "./validator.ts";

const check = checksOf(new URL("../server.ts", import.meta.url));

function run(program: string, env: Record<string, string> = {}): Promise<string> {
  return runProgram(fileURLToPath(new URL(program, import.meta.url)), env);
}

check("half-an-emoji.ts: the halves come back as one, the slash is refused", { proves: ["R19"] }, async (server) => {
  const output = await run("half-an-emoji.ts", { PORT: String(server.port) });
  const answers = output.split(/\r?\n/).filter((line) => line.includes("<-"));
  const expected = ["  <- 81 04 f0 9f 91 8b   text 👋", "  <- 88 02 03 ef   Close 1007"];
  if (JSON.stringify(answers) !== JSON.stringify(expected)) throw new CheckError(output);
});

test("exercise 1: the validator agrees with Node", () => {
  const tails = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  for (let first = 0; first <= 0xff; first++) {
    agree([first]);
    for (let second = 0; second <= 0xff; second++) {
      agree([first, second]);
      if (first < 0xc0) continue;
      for (const third of tails) {
        agree([first, second, third]);
        for (const fourth of tails) agree([first, second, third, fourth]);
      }
    }
  }
});

test("exercise 1: it names the byte", () => {
  const cases: [number[], number][] = [
    [[0x68, 0x69], -1],
    [[0x68, 0x69, 0xc0, 0xaf], 2],
    [[0xed, 0xa0, 0x80], 1],
    [[0xf4, 0x90, 0x80, 0x80], 1],
    [[0xe2, 0x82], 2],
  ];
  for (const [bytes, index] of cases) assert.equal(firstBadByte(Uint8Array.from(bytes)), index);
});

test("exercise 2: a lone surrogate becomes U+FFFD", async () => {
  assert.match(await run("lone-surrogate.ts"), /^In the string: U\+D83D\r?\nAs bytes: efbfbd\s*$/);
});

const sendBadText = checksOf(new URL("send-bad-text.ts", import.meta.url));

sendBadText("exercise 3: the server sends ff as text", { proves: ["R19"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "hello"));
  await expectFrame(client, OP.text, Uint8Array.of(0xff));
});

/** Both find the bytes right, or both find them wrong. */
function agree(bytes: number[]): void {
  const whole = Uint8Array.from(bytes);
  assert.equal(firstBadByte(whole) === -1, isUtf8(whole), Buffer.from(whole).toString("hex"));
}
