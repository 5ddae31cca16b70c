import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { scratchFolder, startScript, type Command } from "../lib/scratch.ts";
import { findStep, listSteps } from "../lib/steps.ts";
import { isStepCode } from "../lessons/changes.ts";
import { walk } from "../lib/files.ts";

const steps = listSteps();
const limit = { timeout: 120_000 };

const practice = (folder: string, ...args: string[]): Command => startScript("practice.ts", [...args, "--folder", folder]);

/** Puts the course's own solution of a step into a folder. */
function solve(folder: string, step: string): void {
  const { folder: from } = findStep(step, steps);
  mkdirSync(folder, { recursive: true });
  for (const name of walk(from).filter(isStepCode)) cpSync(join(from, name), join(folder, name));
}

const progressOf = (folder: string) => JSON.parse(readFileSync(join(folder, "progress.json"), "utf8")) as { done: Record<string, string>; step: string; command?: string };

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
    ["a program that ends", "console.log('done');\n", /ended with exit code 0 before it listened on port \d+[^]*done/],
    ["a server on a port of its own", "import net from 'node:net';\nnet.createServer().listen(0, () => console.log('Listening on port 61234'));\n", /does not listen on port \d+[^]*It speaks of port 61234: is that number written into the program\?/],
    ["a program that hangs", "for (;;);\n", /does not listen on port \d+\. It must read the port from the environment variable PORT/],
    ["a program that prints for ever", "for (;;) console.log('again and again');\n", /does not listen on port/],
  ];
  for (const [title, source, expected] of failures) {
    test(`says what is wrong with ${title}`, async () => {
      const folder = scratchFolder({ "server.ts": source });
      const { code, stdout } = await practice(folder, "3", "--once").ended;
      assert.equal(code, 1);
      assert.match(stdout, expected);
      assert.ok(stdout.length < 20_000);
    });
  }
});

describe("nothing is lost", limit, () => {
  test("a reset and another step copy the files first, and a backup comes back", async () => {
    const folder = scratchFolder({ "server.ts": "// mine\n" });
    const kept = await practice(folder, "3", "--once").ended;
    assert.match(kept.stdout, /Your files stay as they are/);
    assert.equal(readFileSync(join(folder, "server.ts"), "utf8"), "// mine\n");

    await practice(folder, "3", "--once", "--reset").ended;
    const [reset = ""] = readdirSync(join(folder, "backups"));
    assert.match(reset, /before-reset$/);
    assert.equal(readFileSync(join(folder, "backups", reset, "server.ts"), "utf8"), "// mine\n");
    assert.notEqual(readFileSync(join(folder, "server.ts"), "utf8"), "// mine\n");

    writeFileSync(join(folder, "server.ts"), "// again\n");
    const other = await practice(folder, "5", "--once").ended;
    assert.match(other.stdout, /Your files are kept in backups\/.*of-accept-key/);

    const list = await practice(folder, "--restore", "?").ended;
    assert.match(list.stdout, new RegExp(reset));
    const wrong = await practice(folder, "--restore", "nothing").ended;
    assert.equal(wrong.code, 2);
    const back = await practice(folder, "--restore", reset).ended;
    assert.equal(back.code, 0, back.stderr);
    assert.equal(readFileSync(join(folder, "server.ts"), "utf8"), "// mine\n");
    assert.equal(readdirSync(join(folder, "backups")).length, 3);
  });

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

describe("npm run practice, watching", limit, () => {
  test("a second one says so, a killed one leaves everything whole, and the next one goes on", async () => {
    const folder = join(scratchFolder({}), "practice");
    const one = practice(folder, "3");
    await one.printed("checks pass");
    const two = await practice(folder, "3").ended;
    assert.equal(two.code, 1);
    assert.match(two.stderr, /^A practice runs already \(process \d+\): /);

    // In the middle of a round, after a save.
    writeFileSync(join(folder, "server.ts"), `${readFileSync(join(folder, "server.ts"), "utf8")}\n// saved\n`);
    await one.printed("server.ts saved");
    one.child.kill("SIGKILL");
    await one.ended;
    assert.equal(progressOf(folder).step, "accept-key");
    const three = await practice(folder, "--once").ended;
    assert.match(three.stdout, /Step 3: /);
    assert.match(readFileSync(join(folder, "server.ts"), "utf8"), /\/\/ saved/);
  });

  test("checks at a save, however an editor does it; hints, diff, next and quit by keys", async () => {
    const folder = join(scratchFolder({}), "practice");
    const { child, printed, ended } = startScript("practice.ts", ["3", "--folder", folder], { hasInput: true });
    const type = (key: string): void => void child.stdin?.write(`${key}\n`);
    // The line with the keys: before it no check may have failed yet, and there is no hint.
    await printed("q quit");
    for (const word of ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "here is the last one again"]) {
      type("h");
      await printed(word);
    }
    type("d");
    await printed("d once more shows the solution");
    type("d");
    await printed("handshake.ts (ours alone)");
    type("n");
    await printed("Step 3 is not passed yet");

    const { folder: solution } = findStep("3", steps);
    writeFileSync(join(folder, "handshake.ts"), readFileSync(join(solution, "handshake.ts")));
    // As vim and others save: another file takes the name.
    writeFileSync(join(folder, ".server.ts.swp"), readFileSync(join(solution, "server.ts")));
    renameSync(join(folder, ".server.ts.swp"), join(folder, "server.ts"));
    await printed("Step 3 is passed");
    type("n");
    await printed("Step 4: ");
    type("?");
    await printed("3✔ [4]");
    type("r");
    await printed("r once more does it");
    type("r");
    await printed("The step begins anew, from your own files of step 3");
    type("q");
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.ok(!existsSync(join(folder, ".lock")));
    assert.ok(!existsSync(join(folder, ".server.mjs")));
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
