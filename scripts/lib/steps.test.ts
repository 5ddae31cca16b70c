import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { UsageError } from "./cli.ts";
import { scratchFolder } from "./scratch.ts";
import { findStep, listSteps } from "./steps.ts";

const folder = scratchFolder({
  "10-echo/README.md": "# Echo\n\nEcho.\n",
  "02-switching-protocols/README.md": "# 02: Switching `protocols`\r\n\r\nOne line\r\nand another.\r\n\r\nMore.\r\n",
  "01-upgrade-listener/README.md": "\n# Step 1. The upgrade listener\n\nWe listen.\n",
  "03-no-lesson/server.ts": "",
  "notes/README.md": "# Not a step\n",
  "04-a-file": "",
});
const steps = listSteps(folder);

test("lists the steps by number, and nothing else", () => {
  assert.deepEqual(
    steps.map(({ number, slug, name }) => [number, slug, name]),
    [
      [1, "upgrade-listener", "01-upgrade-listener"],
      [2, "switching-protocols", "02-switching-protocols"],
      [3, "no-lesson", "03-no-lesson"],
      [10, "echo", "10-echo"],
    ],
  );
  assert.equal(steps[1]?.folder, join(folder, "02-switching-protocols"));
});

test("takes title and summary from the lesson", () => {
  assert.deepEqual(
    steps.map(({ title, summary }) => [title, summary]),
    [
      ["The upgrade listener", "We listen."],
      ["Switching `protocols`", "One line and another."],
      ["no lesson", ""],
      ["Echo", "Echo."],
    ],
  );
});

test("a folder that does not exist has no steps", () => {
  assert.deepEqual(listSteps(join(folder, "nowhere")), []);
});

describe("findStep", () => {
  const spellings = [
    "2",
    "02",
    "002",
    "switching-protocols",
    "02-switching-protocols",
    "02-switching-protocols/",
    "steps/02-switching-protocols",
    "./steps/02-switching-protocols/",
    "steps\\02-switching-protocols\\",
  ];
  for (const spelling of spellings) {
    test(`understands ${spelling}`, () => {
      assert.equal(findStep(spelling, steps).number, 2);
    });
  }

  for (const wrong of ["99", "0", "-1", "2.0", "switching", "10-switching-protocols", "", "notes"]) {
    test(`refuses "${wrong}" in one sentence`, () => {
      assert.throws(
        () => findStep(wrong, steps),
        new UsageError(
          `There is no step ${wrong}: the steps are 1 to 10 ` +
            "(upgrade-listener, switching-protocols, no-lesson, echo).",
        ),
      );
    });
  }

  test("says so when there is one step or none", () => {
    assert.throws(() => findStep("7", steps.slice(0, 1)), {
      message: "There is no step 7: the only step is 1 (upgrade-listener).",
    });
    assert.throws(() => findStep("7", []), { message: "There is no step 7: there are no steps yet." });
  });
});
