import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { exitCode, isRunning, startProcess, stopTree, typescriptCommand } from "./processes.ts";
import { scratchFolder, startCommand } from "./scratch.ts";

const windows = process.platform === "win32";
const noSignals = windows ? "Windows cannot send another process a signal that it could handle" : false;
const limit = { timeout: 30_000 };

/** A program that starts another one, which shares its output and says when it is ready. */
const family = (preparation = ""): string => `
  ${preparation}
  const code = ${JSON.stringify(`${preparation}; console.log("ready"); setInterval(() => {}, 1000)`)};
  require("node:child_process").spawn(process.execPath, ["-e", code], { stdio: "inherit" });
  setInterval(() => {}, 1000);
`;

async function startFamily(preparation?: string): Promise<ChildProcess> {
  const child = startProcess(process.execPath, ["-e", family(preparation)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  assert.ok(child.stdout);
  await once(createInterface({ input: child.stdout }), "line");
  return child;
}

describe("stopTree", { concurrency: true }, () => {
  test("stops the descendants too", limit, async () => {
    const child = await startFamily();
    // "close" comes only when nobody holds the output any more.
    const closed = once(child, "close");
    await stopTree(child);
    assert.ok(child.exitCode !== null || child.signalCode !== null);
    await closed;
  });

  test("kills what ignores SIGTERM", limit, async () => {
    const child = await startFamily(`process.on("SIGTERM", () => {})`);
    const closed = once(child, "close");
    await stopTree(child, 50);
    await closed;
    if (!windows) assert.equal(child.signalCode, "SIGKILL");
  });

  test("stops what a process left behind", { ...limit, skip: windows && "needs process groups" }, async () => {
    const child = startProcess(process.execPath, ["-e", `${family()}; setTimeout(() => process.exit(3), 10)`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    assert.equal(await exitCode(child), 3);
    await stopTree(child);
    await closed;
  });

  test("is fine with a process that has ended, or never began", limit, async () => {
    const ended = startProcess(process.execPath, ["-e", ""]);
    assert.equal(await exitCode(ended), 0);
    await stopTree(ended);
    await stopTree(ended);

    const missing = startProcess("no-such-program-anywhere", []);
    await once(missing, "error");
    await stopTree(missing);
  });
});

test("isRunning knows who is there, and takes no group for a process", limit, async (t) => {
  const child = startProcess(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  t.after(() => stopTree(child));
  const pid = child.pid ?? assert.fail();
  assert.deepEqual([process.pid, pid, -pid, 0, NaN].map(isRunning), [true, true, false, false, false]);
  await stopTree(child);
  assert.equal(isRunning(pid), false);
});

test("isRunning knows processes of others", { skip: windows && "has no process 1" }, () => {
  assert.equal(isRunning(1), true);
});

test("exitCode says what a shell would say", { ...limit, skip: noSignals }, async () => {
  const child = await startFamily();
  process.kill(-(child.pid ?? assert.fail()), "SIGKILL");
  assert.equal(await exitCode(child), 137);
});

test("a foreground process stays in our group, where the terminal's Ctrl-C reaches it", {
  ...limit,
  skip: windows && "needs process groups",
}, async () => {
  const program = ["-e", "setInterval(() => {}, 1000)"];
  const foreground = startProcess(process.execPath, program, { foreground: true });
  const background = startProcess(process.execPath, program);
  const leadsGroup = ({ pid = assert.fail() }: ChildProcess): boolean => {
    try {
      return process.kill(-pid, 0);
    } catch {
      return false;
    }
  };
  assert.deepEqual([leadsGroup(foreground), leadsGroup(background)], [false, true]);
  await Promise.all([stopTree(foreground), stopTree(background)]);
  assert.equal(foreground.signalCode, "SIGTERM");
});

test("env is added to the environment, and undefined takes out", limit, async () => {
  process.env["SCRATCH_KEPT"] = "kept";
  process.env["SCRATCH_GONE"] = "gone";
  const code = "const e = process.env; console.log(e.SCRATCH_KEPT, e.SCRATCH_GONE, e.SCRATCH_NEW)";
  const child = startProcess(process.execPath, ["-e", code], {
    env: { SCRATCH_GONE: undefined, SCRATCH_NEW: "new" },
  });
  assert.ok(child.stdout);
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  assert.equal(line, "kept undefined new");
});

test("typescriptCommand runs TypeScript from any folder", limit, async () => {
  const folder = scratchFolder({ "hello.ts": "const text: string = 'hello'; console.log(text);" });
  const [command, ...args] = typescriptCommand(join(folder, "hello.ts"));
  const child = startProcess(command, args, { cwd: folder });
  assert.ok(child.stdout);
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  assert.equal(line, "hello");
  assert.equal(await exitCode(child), 0);
});

describe("the end of the process that started others", { concurrency: true }, () => {
  const folder = scratchFolder({
    "package.json": '{ "type": "module" }',
    "parent.ts": `
      import { exitCode, startProcess } from ${JSON.stringify(import.meta.resolve("./processes.ts"))};
      const child = startProcess(process.execPath, ["-e", ${JSON.stringify(family())}], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      child.stdout.once("data", (text) => {
        process.stdout.write(text);
        if (process.argv[2] === "exit") process.exit(5);
        if (process.argv[2] === "throw") throw new Error("a bug");
      });
      console.log("The child ended:", await exitCode(child));
    `,
  });

  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    test(`${name} leaves nothing behind`, { ...limit, skip: noSignals }, async () => {
      const parent = startCommand(join(folder, "parent.ts"), []);
      await parent.printed("ready");
      parent.child.kill(name);
      assert.deepEqual(await parent.ended, { code, stdout: "ready\n", stderr: "" });
    });
  }

  test("killing the npm above leaves nothing behind", { ...limit, skip: noSignals }, async () => {
    const command = typescriptCommand(join(folder, "parent.ts"));
    // With something left to do after the command, the shell does not become the command.
    const shell = startProcess("sh", ["-c", '"$@"; true', "sh", ...command], {
      env: { npm_lifecycle_event: "start" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(shell.stdout);
    const closed = once(shell, "close");
    await once(createInterface({ input: shell.stdout }), "line");
    shell.kill("SIGKILL");
    await closed;
  });

  for (const [way, code] of [["exit", 5], ["throw", 1]] as const) {
    test(`${way} leaves nothing behind`, limit, async () => {
      const parent = startCommand(join(folder, "parent.ts"), [way]);
      assert.equal((await parent.ended).code, code);
    });
  }
});
