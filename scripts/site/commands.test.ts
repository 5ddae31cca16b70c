import assert from "node:assert/strict";
import { test } from "node:test";
import { courseRoot } from "../lib/root.ts";
import { listCommands } from "./commands.ts";

// That it is also what they print is in commands.slow.test.ts.

test("every command of package.json has its text", () => {
  const names = listCommands(courseRoot).map(({ command }) => command);
  for (const name of ["npm start", "npm run build", "npm run check", "npm run triangle", "npm test"]) {
    assert.ok(names.includes(name), name);
  }
});
