import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { browserNames, findBrowser, notInstalled } from "../../../scripts/browsers/browsers.ts";
import { exitCode, startProcess, typescriptCommand } from "../../../scripts/lib/processes.ts";

async function run(name: string, ...args: string[]): Promise<string> {
  const [program, ...rest] = typescriptCommand(fileURLToPath(new URL(name, import.meta.url)));
  const child = startProcess(program, [...rest, ...args]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => void (output += text));
  assert.equal(await exitCode(child), 0, output);
  return output;
}

for (const name of browserNames) {
  const path = findBrowser(name) ?? "";
  const options = { skip: path === "" && notInstalled(name), timeout: 120_000 };

  test(`our client drives ${name}`, options, async () => {
    const output = await run("drive-browser.ts", path);
    assert.match(output, /^Connecting to ws:\S+\nThe title of the page: Websockets are great\n1 \+ 1 is 2\n\d messages sent, \d+ received\n/);
  });

  test(`exercise 3: ${name} takes a picture`, options, async (context) => {
    const file = join(tmpdir(), `course-picture-${process.pid}-${name}.png`);
    context.after(() => rmSync(file, { force: true }));
    const output = await run("screenshot.ts", path, "data:text/html,<h1>Websockets are great</h1>", file);
    assert.match(output, / has \d+ bytes\n$/);
    assert.equal(readFileSync(file).subarray(0, 8).toString("hex"), "89504e470d0a1a0a");
  });
}
