import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { scratchFolder } from "../lib/scratch.ts";
import { findStep, listSteps } from "../lib/steps.ts";
import { practice, progressOf, solve, testFailure } from "./scratch-practice.ts";

// What takes longer is in practice.slow.test.ts.

const steps = listSteps();
const limit = { timeout: 120_000 };

describe("npm run practice -- --once", { ...limit, concurrency: 3 }, () => {
  test("begins from the step before, fails with the bytes and the reason, and passes with the solution", async () => {
    const folder = join(scratchFolder({}), "practice");
    const first = await practice(folder, "6", "--once").ended;
    assert.equal(first.code, 1, first.stderr);
    assert.match(first.stdout, /Step 6 begins from the course's step 5/);
    assert.match(first.stdout, /✖ sends a text back\n    Expected a text frame with 20 bytes, but nothing came/);
    assert.match(first.stdout, /We sent:[^]*81 94 3d 54 .*\(text, masked, 20 bytes: "Websockets are great"\)/);
    assert.match(first.stdout, /RFC 6455, sections 5\.1 and 5\.3/);
    assert.match(first.stdout, /The step before fails in just this way/);
    assert.equal(readFileSync(join(folder, "server.ts"), "utf8"), readFileSync(join(findStep("5", steps).folder, "server.ts"), "utf8"));
    assert.ok(!existsSync(join(folder, "server.test.ts")));
    assert.equal(readFileSync(join(folder, "client.html"), "utf8"), readFileSync(join(findStep("6", steps).folder, "client.html"), "utf8"));
    assert.deepEqual(progressOf(folder).done, {});

    solve(folder, "6");
    const second = await practice(folder, "--once").ended;
    assert.equal(second.code, 0, second.stdout + second.stderr);
    assert.match(second.stdout, /5 of 5 checks pass/);
    assert.match(second.stdout, /The \d+ checks of steps 1 to 5 still pass/);
    assert.deepEqual(Object.keys(progressOf(folder).done), ["echo"]);
    assert.ok(existsSync(join(folder, "passed", "echo", "frame.ts")));

    // The next step begins from what was passed, and what is there is not overwritten.
    writeFileSync(join(folder, "mine.ts"), "export {};\n");
    const third = await practice(folder, "7", "--once").ended;
    assert.match(third.stdout, /Your files go on from the step before/);
    assert.ok(existsSync(join(folder, "mine.ts")));
    assert.equal(progressOf(folder).step, "payload-lengths");
  });

  test("names the mistake, and the first wrong byte with its field and bits", async () => {
    const folder = join(scratchFolder({}), "practice");
    solve(folder, "6");
    const file = join(folder, "frame.ts");
    const text = readFileSync(file, "utf8");
    const wrong = text.replace(/0b1000_0000 \| opcode/, "opcode");
    assert.notEqual(wrong, text);
    writeFileSync(file, wrong);
    const { code, stdout } = await practice(folder, "6", "--once").ended;
    assert.equal(code, 1);
    assert.match(stdout, /its FIN bit is 0/);
    assert.match(stdout, /The first wrong byte is byte 0 of the frame: FIN: 0, expected 1\n +came +01 +00000001\n +expected +81 +10000001\n +\^\n/);
    assert.match(stdout, /A known mistake fails in this way: .*\n +steps\/06-echo\/mistakes\/fin-forgotten\.ts/);
  });

  const failures: [title: string, source: string, expected: RegExp][] = [
    ["a syntax error, with file and line", "const a = 1;\nconst = ;\n", /The program cannot be read\.\n +server\.ts:2:7: Expected identifier but found "="\n +const = ;\n +\^/],
    ["a module that is missing", 'import "./gone.ts";\n', /server\.ts:1:8: Could not resolve "\.\/gone\.ts"/],
    ["a program that throws, with file and line", "\nthrow new Error('so not');\n", /ended with exit code 1 before it listened[^]*server\.ts:2[^]*so not/],
  ];
  for (const failure of failures) testFailure(...failure);
});

describe("nothing is lost", limit, () => {
  test("a progress file that makes no sense is kept beside a new one, and the files stay", async () => {
    const folder = scratchFolder({ "server.ts": "// mine\n", "progress.json": "{ half" });
    const { stderr } = await practice(folder, "3", "--once").ended;
    assert.match(stderr, /^progress\.json could not be read; it is kept as progress\.json\.broken-.*, and the progress begins anew\.\n$/);
    const aside = readdirSync(folder).find((name) => name.startsWith("progress.json.broken-"));
    assert.equal(readFileSync(join(folder, aside ?? ""), "utf8"), "{ half");
    assert.equal(readFileSync(join(folder, "server.ts"), "utf8"), "// mine\n");
    assert.equal(progressOf(folder).step, "accept-key");
  });
});

describe("arguments that make no sense get one sentence", { ...limit, concurrency: 3 }, () => {
  const rows: [args: string[], expected: RegExp][] = [
    [["99"], /^There is no step 99: .*\n$/],
    [["3", "4"], /^npm run practice takes one step, so "4" is too much\..*\n$/],
    [["--command", " "], /^The command is empty: give the one that starts your server\.\n$/],
    [["--command", "'a"], /^The command has a quote without an end: 'a\n$/],
    [["--csv"], /^--csv goes with --class\.\n$/],
    [["--class", "no-such-folder"], /^There is no folder no-such-folder\.\n$/],
    [["--class", ".", "--limit", "soon"], /^--limit is "soon".*\n$/],
  ];
  for (const [args, expected] of rows) {
    test(args.join(" "), async () => {
      const { code, stdout, stderr } = await practice(join(scratchFolder({}), "practice"), ...args).ended;
      assert.equal(code, 2, stdout);
      assert.match(stderr, expected);
    });
  }
});
