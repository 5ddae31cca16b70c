import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

// The modules of this step are covered by their own tests, not by those that start a server. To look
// closer: npx c8 node --import tsx --test steps/18-compression/{modules,protocol,handshake,permessage-deflate,message-compression,protocol-compression,client-protocol,client-handshake,backpressure}.test.ts
const folder = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(folder));
const tests = ["modules", "protocol", "handshake", "permessage-deflate", "message-compression", "protocol-compression", "client-protocol", "client-handshake", "backpressure"].map((name) => join(folder, `${name}.test.ts`));

/** What this step adds or changes; the rest is covered where it comes from. */
const modules = ["constants.ts", "frame.ts", "frame-parser.ts", "mask.ts", "message-assembler.ts", "message-compression.ts", "protocol.ts", "utf8.ts"];

type Totals = Record<"lines" | "branches" | "functions", { pct: number }>;

test("coverage: every line and every branch of the modules that this step changes", () => {
  const output = mkdtempSync(join(tmpdir(), "course-coverage-"));
  try {
    const summary = coverage(output);
    for (const module of modules) {
      const totals = summary.get(module);
      assert.ok(totals, `${module} has not been loaded by any test`);
      for (const kind of ["lines", "branches", "functions"] as const) {
        assert.equal(totals[kind].pct, 100, `${kind} of ${module}; see npx c8, as above`);
      }
    }
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});

/** Runs the tests, and returns the totals of each file by its name. */
function coverage(output: string): Map<string, Totals> {
  const c8 = createRequire(import.meta.url).resolve("c8/bin/c8.js");
  const options = ["--reporter=json-summary", `--reports-dir=${output}`, `--temp-directory=${join(output, "raw")}`];
  const command = [process.execPath, "--import", import.meta.resolve("tsx"), "--test", ...tests];
  const { status, stdout, stderr } = spawnSync(process.execPath, [c8, ...options, ...command], {
    cwd: root,
    encoding: "utf8",
    // Without the runner's variable, the tests below would report to the runner above.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  const summary = JSON.parse(readFileSync(join(output, "coverage-summary.json"), "utf8")) as Record<string, Totals>;
  return new Map(Object.entries(summary).map(([file, totals]) => [basename(file), totals]));
}
