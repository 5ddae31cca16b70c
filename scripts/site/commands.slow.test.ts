import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { courseRoot } from "../lib/root.ts";
import { runScript } from "../lib/scratch.ts";
import { listCommands } from "./commands.ts";

describe("the page of commands shows what --help prints", { concurrency: 2 }, () => {
  for (const { command, file, usage } of listCommands(courseRoot)) {
    test(command, { timeout: 60_000 }, async () => {
      const { code, stdout } = await runScript(file.replace(/^scripts\//, ""), ["--help"]);
      assert.equal(code, 0);
      assert.equal(stdout.trimEnd(), usage);
    });
  }
});
