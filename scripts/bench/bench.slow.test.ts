import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runScript, scratchFolder } from "../lib/scratch.ts";
import type { Results } from "./results.ts";
import { workloads } from "./workloads.ts";

const ODD = fileURLToPath(new URL("fixtures/odd-server.mjs", import.meta.url));
const command = `"${process.execPath}" "${ODD}"`;

describe("npm run bench", () => {
  test("measures a server of one's own beside the others, and writes the figures", async () => {
    const file = join(scratchFolder({}), "results.json");
    const { code, stdout, stderr } = await runScript("bench.ts", ["--short", "--rounds", "1", "--command", command, "--json", file]);
    assert.equal(code, 0, stdout + stderr);
    const results = JSON.parse(readFileSync(file, "utf8")) as Results;
    assert.equal(results.rounds, 1);
    assert.equal(results.machine.node, process.versions.node);
    const expected = workloads.filter(({ isShort, kind }) => isShort && kind !== "broadcast").map(({ name }) => name);
    assert.deepEqual(results.workloads.map(({ name }) => name), expected);
    for (const { name, rows } of results.workloads) {
      const [yours, last, ...others] = rows;
      assert.equal(yours?.peer, "yours");
      assert.match(last?.peer ?? "", /^step-\d+$/);
      assert.deepEqual(others.map(({ peer }) => peer), ["ws", "bare-upgrade"]);
      if (name !== "deflate") assert(Number(yours?.figures?.perSecond) > 0, stdout);
    }
    assert.match(stdout, /^Small messages, one in flight \(20 to 125 bytes of text, 16 connections\)$/m);
    assert.match(stdout, /^ +yours +[\d.]+ µs +[\d.]+ /m);
    assert.match(stdout, /^What yours logs is part of its time\.$/m);
  });

  test("fails when a server gives wrong echoes, names it, and goes on", async () => {
    const { code, stdout } = await runScript(
      "bench.ts",
      ["--workload", "small", "--peer", "bare-upgrade", "--rounds", "1", "--command", command],
      { env: { MODE: "wrong" } },
    );
    assert.match(stdout, /^ +yours +✖ its echo of \d+ bytes is wrong from byte 5 on$/m);
    assert.match(stdout, /^ +bare upgraded socket +[\d.]+ µs/m);
    assert.match(stdout, /^✖ yours, Small messages, one in flight: its echo of/m);
    assert.equal(code, 1);
  });

  test("measures the parts alone", async () => {
    const file = join(scratchFolder({}), "results.json");
    const { code, stdout } = await runScript("bench.ts", ["--in-process", "--step", "18", "--rounds", "1", "--json", file]);
    assert.equal(code, 0);
    const { tasks, workloads } = JSON.parse(readFileSync(file, "utf8")) as Results;
    assert.deepEqual(workloads, []);
    assert.deepEqual(tasks.map(({ title }) => title), ["Unmasking", "Checking UTF-8", "Encoding a frame", "Parsing frames in chunks of 64 KiB", "Compressing text, with a window"]);
    for (const { title, rows, sizes } of tasks) {
      assert.deepEqual(rows.map((row) => row.lacks), [undefined, undefined], title);
      for (const { nanoseconds } of rows) {
        assert.equal(nanoseconds.length, sizes.length);
        assert(nanoseconds.every((each) => Number(each) > 0), `${title}: ${nanoseconds.join(", ")}`);
      }
    }
    assert.match(stdout, /^ +isUtf8 of node:buffer +[\d.,]+ ns [\d.]+ GB\/s/m);
  });
});
