import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { KEPT_CHARACTERS, KEPT_LINES, Log } from "./log.ts";

/** A log that follows a program which prints what the test says. */
function follow(): { log: Log; out: PassThrough; err: PassThrough; end: () => void; texts: () => string[] } {
  const log = new Log(() => {});
  const child = Object.assign(new EventEmitter(), { stdout: new PassThrough(), stderr: new PassThrough() });
  log.follow(child as unknown as ChildProcess, "server");
  const texts = () => log.after(0).map(({ from, stream, text }) => `${from} ${stream} ${text}`);
  return { log, out: child.stdout, err: child.stderr, end: () => child.emit("close"), texts };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("Log: lines come in the order in which they were printed, whole, and the last one at the end", async () => {
  const { out, err, end, texts } = follow();
  for (const [stream, text] of [[out, "one\ntw"], [err, "stack\n"], [out, Buffer.from("o €").subarray(0, 4)], [out, Buffer.from("€").subarray(2)]] as const) {
    stream.write(text);
    await settled();
  }
  end();
  assert.deepEqual(texts(), ["server out one", "server err stack", "server out two €"]);
});

test("Log: without control characters and without end, a line is still a line", async () => {
  const { out, end, texts } = follow();
  out.write(`\x1b[31mred\x1b[0m\x07\u202e\tend\r\n${"x".repeat(100_000)}`);
  out.write(`${"y".repeat(10)}\n`);
  await settled();
  end();
  assert.deepEqual(texts(), ["server out red\tend", `server out ${"x".repeat(KEPT_CHARACTERS)} …`]);
});

test("Log: of a flood, the last lines are kept and the others counted, in flat memory", async () => {
  const { log, out, err, end, texts } = follow();
  const many = Buffer.from("all work and no play\n".repeat(3000));
  for (let i = 0; i < 1000; i += 1) {
    out.write(many);
    if (i % 100 === 0) await settled();
  }
  await settled();
  err.write("Error: at last\n");
  await settled();
  end();
  assert.ok(log.after(0).length <= KEPT_LINES);
  assert.equal(texts().at(-1), "server err Error: at last");
  const leftOut = texts().map((text) => Number(/^lab err \(([\d,]+) lines/.exec(text)?.[1]?.replaceAll(",", "") ?? 0));
  const total = leftOut.reduce((sum, count) => sum + count, 0) + texts().filter((text) => text.startsWith("server out")).length;
  // The count itself may have fallen out of the log, but hardly all of it.
  assert.ok(total <= 3_000_001 && total > 1_000_000, `${total}`);
});
