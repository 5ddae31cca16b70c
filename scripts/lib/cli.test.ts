import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startCommand, scratchFolder, type Command } from "./scratch.ts";

const folder = scratchFolder({
  "package.json": '{ "type": "module" }',
  "main.ts": `
    import { Failure, parseArguments, runMain, UsageError } from ${JSON.stringify(import.meta.resolve("./cli.ts"))};
    const behaviours: Record<string, (rest: string[]) => number | void> = {
      usage: () => { throw new UsageError("No such thing."); },
      failure: () => { throw new Failure("The port is busy."); },
      bug: () => { throw new TypeError("unforeseen"); },
      seven: () => 7,
      fine: () => {},
      options: (rest) => {
        const { values } = parseArguments(rest, { port: { type: "string" }, all: { type: "boolean" } });
        console.log(JSON.stringify(values));
      },
    };
    await runMain("\\nUsage: this\\n", async ([which = "", ...rest]) => behaviours[which]?.(rest), {
      commandFollows: process.env.COMMAND_FOLLOWS === "1",
    });
  `,
});

const run = (args: string[], env: Record<string, string> = {}): Command["ended"] =>
  startCommand(join(folder, "main.ts"), args, { env }).ended;

test("--help and -h print the usage on stdout", async () => {
  const [long, short] = await Promise.all([run(["seven", "--help"]), run(["-h"])]);
  assert.deepEqual(long, { code: 0, stdout: "Usage: this\n", stderr: "" });
  assert.deepEqual(short, long);
});

test("a --help of the command that follows is not ours", async () => {
  const [theirs, ours, afterDashes] = await Promise.all([
    run(["seven", "python3", "--help"], { COMMAND_FOLLOWS: "1" }),
    run(["seven", "--help"], { COMMAND_FOLLOWS: "1" }),
    run(["seven", "--", "--help"]),
  ]);
  assert.equal(theirs.code, 7);
  assert.equal(ours.stdout, "Usage: this\n");
  assert.equal(afterDashes.code, 7);
});

test("errors become one sentence and an exit code", async () => {
  const [usage, failure, bug] = await Promise.all([run(["usage"]), run(["failure"]), run(["bug"])]);
  assert.deepEqual(usage, { code: 2, stdout: "", stderr: "No such thing.\n" });
  assert.deepEqual(failure, { code: 1, stdout: "", stderr: "The port is busy.\n" });
  assert.equal(bug.code, 1);
  assert.match(bug.stderr, /^TypeError: unforeseen\n +at .*main\.ts/);
});

test("main's number is the exit code, and none means 0", async () => {
  const [seven, fine] = await Promise.all([run(["seven"]), run(["fine"])]);
  assert.deepEqual([seven.code, fine.code], [7, 0]);
});

test("options that make no sense are named in one sentence", async () => {
  const [good, unknown, missing, surplus] = await Promise.all([
    run(["options", "--port", "1", "--all"]),
    run(["options", "--prot", "1"]),
    run(["options", "--port"]),
    run(["options", "--all=yes"]),
  ]);
  assert.deepEqual(JSON.parse(good.stdout), { port: "1", all: true });
  for (const [result, name] of [[unknown, "--prot"], [missing, "--port"], [surplus, "--all"]] as const) {
    assert.equal(result.code, 2);
    assert.match(result.stderr, /^[^\n]+\. Try --help\.\n$/);
    assert.ok(result.stderr.includes(name), result.stderr);
  }
});

test("notices an option that npm took for itself", async () => {
  const env = { npm_config_port: "true", npm_lifecycle_event: "step" };
  const [taken, given] = await Promise.all([
    run(["options"], env),
    run(["options", "--port", "1"], env),
  ]);
  assert.equal(taken.code, 2);
  assert.equal(
    taken.stderr,
    "npm took --port for itself: put -- before it, as in npm run step -- ... --port.\n",
  );
  assert.equal(given.code, 0);
});
