import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { scratchFolder, startScript } from "../lib/scratch.ts";
import { findStep, listSteps } from "../lib/steps.ts";
import { practice, progressOf, testFailure } from "./scratch-practice.ts";

const steps = listSteps();
const limit = { timeout: 120_000 };

describe("npm run practice -- --once", { ...limit, concurrency: 3 }, () => {
  const failures: [title: string, source: string, expected: RegExp][] = [
    ["a program that ends", "console.log('done');\n", /ended with exit code 0 before it listened on port \d+[^]*done/],
    ["a server on a port of its own", "import net from 'node:net';\nnet.createServer().listen(0, () => console.log('Listening on port 61234'));\n", /does not listen on port \d+[^]*It speaks of port 61234: is that number written into the program\?/],
    ["a program that hangs", "for (;;);\n", /does not listen on port \d+\. It must read the port from the environment variable PORT/],
    ["a program that prints for ever", "for (;;) console.log('again and again');\n", /does not listen on port/],
  ];
  for (const failure of failures) testFailure(...failure);
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
    const press = async (...keys: [key: string, answer: string][]): Promise<void> => {
      for (const [key, answer] of keys) {
        type(key);
        await printed(answer);
      }
    };
    // The line with the keys: before it no check may have failed yet, and there is no hint.
    await printed("q quit");
    await press(
      ["h", "Hint 1 of 3"],
      ["h", "Hint 2 of 3"],
      ["h", "Hint 3 of 3"],
      ["h", "here is the last one again"],
      ["d", "d once more shows the solution"],
      ["d", "handshake.ts (ours alone)"],
      ["n", "Step 3 is not passed yet"],
    );

    const { folder: solution } = findStep("3", steps);
    writeFileSync(join(folder, "handshake.ts"), readFileSync(join(solution, "handshake.ts")));
    // As vim and others save: another file takes the name.
    writeFileSync(join(folder, ".server.ts.swp"), readFileSync(join(solution, "server.ts")));
    renameSync(join(folder, ".server.ts.swp"), join(folder, "server.ts"));
    await printed("Step 3 is passed");
    await press(
      ["n", "Step 4: "],
      ["?", "3✔ [4]"],
      ["r", "r once more does it"],
      ["r", "The step begins anew, from your own files of step 3"],
    );
    type("q");
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.ok(!existsSync(join(folder, ".lock")));
    assert.ok(!existsSync(join(folder, ".server.mjs")));
  });
});
