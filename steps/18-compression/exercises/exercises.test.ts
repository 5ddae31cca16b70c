import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

function run(name: string, ...args: string[]): string[] {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  return execFileSync(process.execPath, ["--import", import.meta.resolve("tsx"), program, ...args], { encoding: "utf8", env }).trim().split("\n");
}

test("exercise 1: a look at the beginning tells what shrinks", () => {
  const verdicts = Object.fromEntries(run("worthwhile.ts").map((line) => [line.slice(0, 20).trim(), line.slice(21)]));
  assert.deepEqual(verdicts, {
    "JSON": "compress",
    "English": "compress",
    "zeros": "compress",
    "hex in a gzip": "as it is",
    "random bytes": "as it is",
    "random bytes in hex": "compress",
    "ok": "as it is",
  });
});

test("exercise 2: a window saves bytes, and noise does not shrink", () => {
  const kinds = new Map<string, number[]>();
  let sizes: number[] = [];
  for (const line of run("measure.ts", "sizes")) {
    const [, kind] = /^(\w+): \d+ bytes a message$/.exec(line) ?? [];
    if (kind !== undefined) kinds.set(kind, (sizes = []));
    else sizes.push(Number(/ (\d+) % /.exec(line)?.[1]));
  }
  for (const kind of ["ticks", "chat", "list"]) {
    const [none = NaN, full = NaN, small = NaN] = kinds.get(kind) ?? [];
    assert.ok(full < small && small < none, `${kind}: ${kinds.get(kind)}`);
  }
  for (const size of kinds.get("noise") ?? []) assert.ok(size >= 100 && size <= 103);
  assert.equal(kinds.size, 4);
});

test("exercise 3: lengths give a secret away", () => {
  assert.deepEqual(run("secret.ts"), ["The token is 7c4a8d09ca3762af. It took 4096 messages, and nobody decrypted anything.", "Right."]);
});
