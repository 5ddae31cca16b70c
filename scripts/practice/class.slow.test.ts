import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runScript, scratchFolder } from "../lib/scratch.ts";
import { findStep, listSteps } from "../lib/steps.ts";

const steps = listSteps();

/** A folder of submissions for step 02: files by name, and what is copied from a step. */
function submissions(): string {
  const folder = scratchFolder({
    "hangs/server.mjs": "for (;;);\n",
    "ends/practice.json": JSON.stringify({ command: "node --version" }),
    "nothing/notes.txt": "Sorry.\n",
    "broken/practice.json": "{",
    "readme.txt": "No submission.\n",
  });
  mkdirSync(join(folder, "right"));
  const { folder: solution } = findStep("2", steps);
  cpSync(join(solution, "server.ts"), join(folder, "right", "server.ts"));
  mkdirSync(join(folder, "wrong"));
  const text = readFileSync(join(solution, "server.ts"), "utf8").replace("101 Switching Protocols", "100 Continue");
  writeFileSync(join(folder, "wrong", "server.ts"), text);
  return folder;
}

describe("npm run practice -- --class", { timeout: 120_000 }, () => {
  test("prints a row for each submission, by name, and fails if one does", async () => {
    const folder = submissions();
    const { code, stdout } = await runScript("practice.ts", ["--class", folder, "--step", "2", "--limit", "20"]);
    assert.equal(code, 1);
    const rows = stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/));
    assert.deepEqual(rows.map(([name]) => name), ["name", "broken", "ends", "hangs", "nothing", "right", "wrong"]);
    const row = (name: string): string => rows.find(([each]) => each === name)?.join(" | ") ?? "";
    assert.match(row("name"), /^name \| 01 \| 02 \| result$/);
    assert.match(row("right"), /^right \| ✔ \| ✔ \| 2 of 2 steps$/);
    assert.match(row("wrong"), /^wrong \| ✔ \| \d\/6 \| 1 of 2 steps; 2, "answers 101 Switching Protocols": /);
    assert.match(row("ends"), /ended with exit code 0/);
    assert.match(row("hangs"), /does not listen/);
    assert.match(row("nothing"), /There is no server\.ts/);
    assert.match(row("broken"), /practice\.json cannot be read/);
    assert.ok(!existsSync(join(folder, "right", ".server.mjs")));
  });

  test("exits with 0 if all pass, as CSV and JSON too", async () => {
    const folder = submissions();
    const { folder: one } = { folder: join(scratchFolder({}), "all") };
    mkdirSync(one);
    cpSync(join(folder, "right"), join(one, "ada"), { recursive: true });
    writeFileSync(join(one, "ada", "practice.json"), JSON.stringify({ step: 2 }));
    const csv = await runScript("practice.ts", ["--class", one, "--csv"]);
    assert.deepEqual([csv.code, csv.stdout], [0, "name,01,02,result\nada,✔,✔,2 of 2 steps\n"]);
    const json = await runScript("practice.ts", ["--class", one, "--json"]);
    const [row] = JSON.parse(json.stdout) as { name: string; passed: boolean; result: { steps: unknown[] } }[];
    assert.deepEqual([json.code, row?.name, row?.passed, row?.result.steps.length], [0, "ada", true, 2]);
  });
});
