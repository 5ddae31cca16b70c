import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isStepCode } from "../lessons/changes.ts";
import { walk } from "../lib/files.ts";
import { runScript, scratchFolder } from "../lib/scratch.ts";
import { listSteps } from "../lib/steps.ts";

const steps = listSteps();
const last = steps.at(-1)!;

describe("npm run practice -- --ending", { timeout: 300_000 }, () => {
  test("runs every check of every step on the learner's server, and reports on one screen", async () => {
    const folder = scratchFolder({});
    for (const name of walk(last.folder).filter(isStepCode)) cpSync(join(last.folder, name), join(folder, name));
    const { code, stdout } = await runScript("practice.ts", ["--folder", folder, "--ending", "--no-bench"]);
    assert.equal(code, 0, stdout);
    for (const { number, slug } of steps) assert.match(stdout, new RegExp(`✔ ${String(number).padStart(2, "0")} ${slug} +\\d+ of \\d+`));
    const [, passed, total] = /^(\d+) of (\d+) checks pass/m.exec(stdout) ?? [];
    assert.ok(Number(total) > 0);
    assert.equal(passed, total);
    assert.ok(stdout.trimEnd().split("\n").length < 40);
  });

  test("of a server that is not there yet, says which step comes first", async () => {
    const folder = scratchFolder({});
    writeFileSync(join(folder, "server.ts"), "import http from 'node:http';\nhttp.createServer().listen(Number(process.env.PORT));\n");
    const { code, stdout } = await runScript("practice.ts", ["--folder", folder, "--ending", "--no-bench"]);
    assert.equal(code, 1);
    assert.match(stdout, /✖ 01 upgrade-listener +0 of \d+, 1 retired +prints a line for an upgrade request: Expected the server to print/);
    assert.doesNotMatch(stdout, /You have written/);
  });
});
