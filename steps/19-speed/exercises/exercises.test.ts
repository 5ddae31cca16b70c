import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

function run(name: string): string[] {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  return execFileSync(process.execPath, ["--import", import.meta.resolve("tsx"), program], { encoding: "utf8", env }).trim().split("\n");
}

test("exercise 1: answers of one chunk are one write, and those of as many turns are as many", () => {
  assert.deepEqual(run("writes.ts"), [
    "64 messages in one chunk, answered at once: 1 write",
    "64 messages in 64 chunks, answered at once: 64 writes",
    "64 messages in one chunk, each answered in a setImmediate of its own: 64 writes",
  ]);
});

test("exercise 2: a message that is kept keeps its chunk, and a copy does not", () => {
  assert.deepEqual(run("kept.ts"), [
    "2000 bytes, kept as they are: 65536 bytes",
    "2000 bytes, copied: 2000 bytes",
    "500 bytes, kept as they are: less than the chunk",
  ]);
});

test("what was tried: says how many times as long each takes", () => {
  const [words, loop, ...rest] = run("tried.ts");
  assert.match(words ?? "", /^Words of four bytes, for 64 KiB: \d+\.\d times as long$/);
  assert.match(loop ?? "", /^Copying 60 bytes in a loop: \d+\.\d times as long$/);
  assert.deepEqual(rest, []);
});
