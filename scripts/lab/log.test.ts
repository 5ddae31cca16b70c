import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { KEPT_CHARACTERS, KEPT_LINES, Log } from "./log.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** A log that follows a program which prints what the test says. */
function follow() {
  /** All lines that there ever were. */
  const heard: string[] = [];
  const log = new Log(() => heard.push(...log.after(log.lastId - 1).map(({ text }) => text)));
  const child = Object.assign(new EventEmitter(), { stdout: new PassThrough(), stderr: new PassThrough() });
  log.follow(child as unknown as ChildProcess, "server");
  const texts = () => log.after(0).map(({ from, stream, text }) => `${from} ${stream} ${text}`);
  return { log, heard, out: child.stdout, err: child.stderr, end: () => child.emit("close"), texts };
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
  const { log, heard, out, err, end, texts } = follow();
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
  const leftOut = heard.map((text) => Number(/^\(([\d,]+) lines/.exec(text)?.[1]?.replaceAll(",", "") ?? 0));
  const counted = leftOut.reduce((sum, count) => sum + count, 0) + heard.filter((text) => text === "all work and no play").length;
  // The last line had its end; that of the error is the one more.
  assert.equal(counted + Number(heard.includes("Error: at last")), 3_000_001);
});

test("Log: of what comes at once, only so many bytes are looked at, however few lines they are", () => {
  const { heard, out, end } = follow();
  // The first piece is taken at once; the others wait together.
  out.emit("data", Buffer.from("first\nbegun"));
  for (let i = 0; i < 50; i += 1) out.emit("data", Buffer.from(`${i} ${"x".repeat(50_000)}\n`));
  out.emit("data", Buffer.from("last\n"));
  end();
  assert.deepEqual(heard.map((text) => text.slice(0, 40)), [
    "first",
    "(45 lines of the server left out)",
    ...[45, 46, 47, 48, 49].map((i) => `${i} ${"x".repeat(37)}`),
    "last",
  ]);
});

test("Log: empty lines by the hundred thousand cost little more than their bytes", () => {
  const { heard, out, end } = follow();
  out.emit("data", Buffer.from("first\n"));
  out.emit("data", Buffer.from("\n".repeat(200_000) + "last"));
  end();
  assert.equal(heard[1], "(199,900 lines of the server left out)");
  assert.deepEqual([heard.length, heard[101], heard[102]], [103, "", "last"]);
});

test("Log: of a line without an end, only its beginning is remembered", () => {
  const { heard, out, end } = follow();
  const held = (): number => {
    // The memory of a buffer can go one round after the buffer.
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const before = held();
  for (let i = 0; i < 100; i += 1) {
    out.emit("data", Buffer.alloc(200 * 1024, "x"));
    // What has waited is taken in together with the next.
    end();
  }
  assert.ok(held() - before < 8 * 1024 * 1024, `${held() - before} bytes`);
  assert.ok(heard.every((text) => text.length <= KEPT_CHARACTERS + 2));
});
