import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { insertStep, renumber } from "./insert-step.ts";
import { scratchFolder } from "./scratch.ts";
import { listSteps } from "./steps.ts";

const moved = [{ number: 3, slug: "accept-key" }, { number: 4, slug: "refusals" }];

const rows: [text: string, expected: string][] = [
  ["# 03: The accept key", "# 04: The accept key"],
  ["# 02: Switching protocols", "# 02: Switching protocols"],
  ["steps/03-accept-key/server.ts", "steps/04-accept-key/server.ts"],
  ["[Next: 04, refusals](../04-refusals/README.md)", "[Next: 05, refusals](../05-refusals/README.md)"],
  ["| [03 accept-key](steps/03-accept-key/README.md) |", "| [04 accept-key](steps/04-accept-key/README.md) |"],
  ["<h1>Step 03: accept-key</h1>", "<h1>Step 04: accept-key</h1>"],
  ["Step 03-accept-key: 5 checks", "Step 04-accept-key: 5 checks"],
  ["In step 04, and up to step 02, as in steps 03 and 04.", "In step 05, and up to step 02, as in steps 04 and 05."],
  ["npm run step 3 -- --client", "npm run step 4 -- --client"],
  ["npm run diff 2 3", "npm run diff 3 4"],
  ["npm run diff 1 4", "npm run diff 1 5"],
  ["npm run check 4 -- node --import tsx steps/03-accept-key/server.ts", "npm run check 5 -- node --import tsx steps/04-accept-key/server.ts"],
  ["404 and 3 checks, 03 f0 in hex", "404 and 3 checks, 03 f0 in hex"],
];

for (const [text, expected] of rows) {
  test(`renumber: ${text}`, () => assert.equal(renumber(text, moved, 3), expected));
}

test("insertStep makes room, copies the step before, and leads to the new one", () => {
  const root = scratchFolder({
    "README.md": "| [01 one](steps/01-one/README.md) | a | b |\n| [02 two](steps/02-two/README.md) | a | b |\n",
    "CONTRIBUTING.md": "",
    "scripts/lab/library.ts": 'export { Connection } from "../../steps/02-two/connection.ts";\n',
    "steps/01-one/README.md": "# 01: One\n\nGoal.\n\n[Next: 02, two](../02-two/README.md)\n",
    "steps/01-one/client.html": "<h1>Step 01: one</h1>",
    "steps/01-one/hints.md": "# Hints for step 01\n",
    "steps/01-one/mistakes/wrong.ts": "",
    "steps/02-two/README.md": "# 02: Two\n\nGoal, after step 01.\n\n[Previous: 01, one](../01-one/README.md)\n",
  });
  insertStep(root, listSteps(join(root, "steps")), 2, "half");
  const read = (file: string) => readFileSync(join(root, file), "utf8");

  assert.deepEqual(listSteps(join(root, "steps")).map(({ name }) => name), ["01-one", "02-half", "03-two"]);
  assert.match(read("scripts/lab/library.ts"), /steps\/03-two\/connection/);
  assert.equal(read("steps/03-two/README.md"), "# 03: Two\n\nGoal, after step 01.\n\n[Previous: 02, half](../02-half/README.md)\n");
  assert.match(read("steps/01-one/README.md"), /\[Next: 02, half\]\(\.\.\/02-half\/README\.md\)/);
  assert.match(read("steps/02-half/README.md"), /^# 02: Half\n[^]*\[Previous: 01, one\]\(\.\.\/01-one\/README\.md\) · \[Next: 03, two\]/);
  assert.equal(read("steps/02-half/client.html"), "<h1>Step 02: half</h1>");
  assert.equal(read("steps/02-half/hints.md"), "# Hints for step 02\n");
  assert.equal(existsSync(join(root, "steps/02-half/mistakes")), false);
  assert.match(read("README.md"), /\[01 one\].*\n\| \[02 half\]\(steps\/02-half\/README\.md\).*\n\| \[03 two\]\(steps\/03-two\/README\.md\)/);
});
