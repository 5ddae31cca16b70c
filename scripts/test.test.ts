import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runScript, scratchFolder, startScript } from "./lib/scratch.ts";

const files = {
  "package.json": '{ "type": "module" }',
  "tsconfig.json": '{ "compilerOptions": { "types": [], "noEmit": true }, "files": ["steps/typed.ts"] }',
  "steps/typed.ts": "export const one: number = 1;\n",
  "steps/01-a/passes.test.ts": `
    import { test } from "node:test";
    test("it works", () => {});
    test("in a browser", { skip: "no browser here" }, () => {});
  `,
  "steps/01-a/fixtures/never.test.ts": 'throw new Error("a fixture was run");',
  "scripts/slow.browser.test.ts": 'import { test } from "node:test"; test("it works too", () => {});',
};
const root = scratchFolder(files);

describe("npm test", { concurrency: 2, timeout: 60_000 }, () => {
  test("runs all tests and says again at the end what was skipped", async () => {
    const { code, stdout, stderr } = await runScript("test.ts", [], { root });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /tests 3\n/);
    assert.match(stdout, /pass 2\n/);
    assert.ok(stdout.endsWith("\n1 test was skipped:\n  in a browser (no browser here)\n"), stdout);
  });

  test("runs only the files whose path holds one of the texts", async () => {
    const [some, none] = await Promise.all([
      runScript("test.ts", ["slow", "no-such", "fixtures\\"], { root }),
      runScript("test.ts", ["no-such", "fixtures"], { root }),
    ]);
    assert.match(some.stdout, /tests 1\n/);
    assert.doesNotMatch(some.stdout, /skipped:/);
    assert.deepEqual(none, {
      code: 2,
      stdout: "",
      stderr: 'No test file\'s path contains "no-such" or "fixtures".\n',
    });
  });

  test("fails when a test fails", async () => {
    const failing = 'import { test } from "node:test"; test("no", () => { throw new Error("no"); });';
    const root = scratchFolder({ ...files, "steps/01-a/fails.test.ts": failing });
    const { code, stdout } = await runScript("test.ts", [], { root });
    assert.equal(code, 1);
    assert.match(stdout, /fail 1\n/);
  });

  test("--again: a file that fails runs once more alone, and that counts", async () => {
    const once = `
      import { existsSync, writeFileSync } from "node:fs";
      import { test } from "node:test";
      const mark = new URL("ran-before", import.meta.url);
      const ranBefore = existsSync(mark);
      writeFileSync(mark, "");
      test("too busy", () => { if (!ranBefore) throw new Error("busy"); });
    `;
    const never = 'import { test } from "node:test"; test("no", () => { throw new Error("no"); });';
    const root = scratchFolder({ ...files, "steps/01-a/once.test.ts": once });
    const other = scratchFolder({ ...files, "steps/01-a/never.test.ts": never });
    const [passed, failed] = await Promise.all([
      runScript("test.ts", ["--again"], { root }),
      runScript("test.ts", ["--again"], { root: other }),
    ]);
    assert.equal(passed.code, 0);
    assert.match(passed.stdout, /\nFailed first, and passed when nothing ran beside it:\n  too busy\n  in .*once\.test\.ts\n/);
    assert.match(passed.stdout, /\n1 test was skipped:\n/);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /\nOnce more, with nothing beside it:\n  .*never\.test\.ts\n/);
    assert.doesNotMatch(failed.stdout, /Failed first/);
  });

  test("--again: of tests in a module that test files share, those files run once more", async () => {
    const shared = `
      import { test } from "node:test";
      export const suite = (name: string) => test(name, () => { throw new Error("no"); });
    `;
    const root = scratchFolder({
      ...files,
      "steps/01-a/shared-suite.ts": shared,
      "steps/01-a/uses.test.ts": 'import { suite } from "./shared-suite.ts"; suite("never");',
    });
    const { code, stdout } = await runScript("test.ts", ["--again"], { root });
    assert.equal(code, 1);
    assert.match(stdout, /\nOnce more, with nothing beside it:\n  .*uses\.test\.ts\n/);
    assert.doesNotMatch(stdout, /Failed first/);
  });

  test("fails when the types do not check, and runs the tests all the same", async () => {
    const root = scratchFolder({ ...files, "steps/typed.ts": 'export const one: number = "1";\n' });
    const { code, stdout, stderr } = await runScript("test.ts", [], { root });
    assert.equal(code, 1);
    assert.match(stdout, /typed\.ts.*TS2322/);
    assert.match(stdout, /fail 0\n/);
    assert.ok(stderr.endsWith("The types do not check: see the top of this output.\n"), stderr);
  });

  test("leaves exercises to the slow tests, and a file that is the same as in the step before if it is not the last one", async () => {
    const same = 'import { test } from "node:test"; test("the same", () => {});';
    const root = scratchFolder({
      ...files,
      "steps/01-a/same.test.ts": same,
      "steps/02-b/same.test.ts": same,
      "steps/03-c/same.test.ts": `${same} test("one more", () => {});`,
      "steps/04-d/same.test.ts": `${same} test("one more", () => {});`,
      "steps/04-d/exercises/exercises.test.ts": 'import { test } from "node:test"; test("an exercise", () => {});',
      "steps/04-d/late.slow.test.ts": 'import { test } from "node:test"; test("late", () => {});',
    });
    const [all, slow, named] = await Promise.all([
      runScript("test.ts", [], { root }),
      runScript("test.ts", ["--slow"], { root }),
      runScript("test.ts", ["same", "exercises"], { root }),
    ]);
    assert.match(all.stdout, /tests 8\n/);
    const [, end] = all.stdout.split(/\n2 test files were left to npm run test:slow \(.*\):\n/);
    assert.match(end ?? "", /^  steps\/02-b\/same\.test\.ts\n  steps\/04-d\/exercises\/exercises\.test\.ts\n/);
    assert.match(slow.stdout, /✔ the same /);
    assert.match(slow.stdout, /✔ an exercise /);
    assert.match(slow.stdout, /✔ late /);
    assert.match(slow.stdout, /tests 3\n/);
    assert.match(named.stdout, /tests 7\n/);
    assert.doesNotMatch(named.stdout, /left to/);
  });

  const noSignals = process.platform === "win32" && "Windows cannot send SIGINT to another process";
  test("Ctrl-C leaves no process behind", { skip: noSignals }, async () => {
    // The grandchild holds our pipe, so `ended` waits for its end too.
    const hanging = `
      import { spawn } from "node:child_process";
      import { writeSync } from "node:fs";
      import { test } from "node:test";
      import { startProcess } from ${JSON.stringify(import.meta.resolve("./lib/processes.ts"))};
      test("hangs", { timeout: 60_000 }, () => new Promise(() => {
        const child = startProcess(process.execPath, ["-e", "console.log('up'); setInterval(() => {}, 1000)"], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        child.stdout.once("data", () => console.log("the test hangs now"));
      }));
    `;
    const root = scratchFolder({ ...files, "steps/01-a/hangs.test.ts": hanging });
    const { child, printed, ended } = startScript("test.ts", ["hangs"], { root });
    await printed("the test hangs now");
    child.kill("SIGINT");
    assert.equal((await ended).code, 130);
  });

  test("--help", async () => {
    const { code, stdout, stderr } = await runScript("test.ts", ["--help"], { root });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^Usage: npm test/);
  });
});
