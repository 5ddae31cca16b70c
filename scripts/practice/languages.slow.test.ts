import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { courseRoot } from "../lib/root.ts";
import { runScript, scratchFolder } from "../lib/scratch.ts";

const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0);
const skip = python === undefined && "Python is not installed";

describe("a server in another language", { timeout: 120_000, skip }, () => {
  const guide = join(courseRoot, "steps/practice/server.py");

  test("the guide's passes step 03, and the command is remembered", async () => {
    const folder = join(scratchFolder({}), "practice");
    const command = `${python} server.py`;
    const empty = await runScript("practice.ts", ["3", "--once", "--folder", folder, "--command", command]);
    assert.equal(empty.code, 1);
    assert.match(empty.stdout, /Step 3 begins from an empty folder, for a server in your language/);
    assert.match(empty.stdout, /ended with exit code \d+ before it listened[^]*server\.py/);

    cpSync(guide, join(folder, "server.py"));
    const { code, stdout } = await runScript("practice.ts", ["--once", "--folder", folder]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Runs +python3? server\.py/);
    assert.match(stdout, /5 of 5 checks pass/);
    assert.match(stdout, /Step 3 is passed/);
    assert.equal((JSON.parse(readFileSync(join(folder, "progress.json"), "utf8")) as { command: string }).command, command);
  });

  test("a mistake in it gets the same answers as one in TypeScript", async () => {
    const wrong = readFileSync(guide, "utf8").replace("258EAFA5", "258EAFA6");
    const folder = scratchFolder({ "server.py": wrong });
    const { code, stdout } = await runScript("practice.ts", ["3", "--once", "--folder", folder, "--command", `${python} server.py`]);
    assert.equal(code, 1);
    assert.match(stdout, /The first wrong byte is byte \d+ of the value of Sec-WebSocket-Accept: ".", expected "."\n +came +[0-9a-f]{2} +[01]{8}/);
    assert.match(stdout, /RFC 6455, section 4\.2\.2/);
  });

  test("a command that does not exist is named", async () => {
    const folder = scratchFolder({});
    const { code, stdout } = await runScript("practice.ts", ["3", "--once", "--folder", folder, "--command", "no-such-program x"]);
    assert.equal(code, 1);
    assert.match(stdout, /could not be started: there is no command "no-such-program"/);
  });
});
