import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readStepFiles, toLines, type StepFiles } from "./lessons/changes.ts";
import { assertNoFindings } from "./lessons/finding.ts";
import { parseLesson, readLesson } from "./lessons/lesson.ts";
import {
  changedLines,
  checkSize,
  justification,
  largestHunk,
  MANY_LINES,
  measureStep,
  medianHunk,
} from "./lessons/step-size.ts";
import { runScript, scratchFolder } from "./lib/scratch.ts";
import { listSteps } from "./lib/steps.ts";

describe("no step is empty, and one with very many lines says why", () => {
  const steps = listSteps();
  for (const [index, step] of steps.entries()) {
    test(step.name, (t) => {
      const previous = steps[index - 1];
      const size = measureStep(readStepFiles(step), previous && readStepFiles(previous));
      const lines = changedLines(size);
      if (lines > MANY_LINES) t.diagnostic(`${step.name} is oversized: ${lines} changed lines.`);
      assertNoFindings(checkSize(size, readLesson(step.folder)));
    });
  }
});

function stepOf(files: Record<string, string>): StepFiles {
  const lines = Object.entries(files).map(([file, text]) => [file, toLines(text)] as const);
  return { name: "02-new", files: new Map(lines) };
}

const lines = (count: number): string => Array.from({ length: count }, (_, n) => `line(${n});\n`).join("");

describe("measureStep", () => {
  test("counts lines that came and went, and their hunks", () => {
    const before = stepOf({ "a.ts": "a();\nb();\nc();\nd();\n", "gone.ts": "x();\n" });
    const after = stepOf({ "a.ts": "a();\nB();\nc();\nd();\ne();\nf();\ng();\n" });
    const size = measureStep(after, before);
    assert.deepEqual(
      { ...size, median: medianHunk(size), largest: largestHunk(size) },
      {
        name: "02-new",
        added: 4,
        removed: 2,
        hunks: [{ file: "a.ts", lines: 2 }, { file: "a.ts", lines: 3 }, { file: "gone.ts", lines: 1 }],
        median: 2,
        largest: { file: "a.ts", lines: 3 },
      },
    );
  });

  test("passes over empty lines, comments, markup, and what is no code of the step", () => {
    const after = stepOf({
      "a.ts": "\n// why\n/** doc\n * more\n *\n */\n  \n",
      "a.test.ts": "x();\n",
      "client.browser.ts": "x();\n",
      "exercises/a.ts": "x();\n",
      "mistakes/a.ts": "x();\n",
      "README.md": "x\n",
      "client.html": "<style>\na {}\n</style>\n<script>\n  x();\n</script>\n",
    });
    assert.deepEqual(measureStep(after).hunks, [{ file: "client.html", lines: 1 }]);
  });
});

describe("checkSize", () => {
  const check = (count: number, text: string): string | undefined => {
    const size = measureStep(stepOf({ "server.ts": lines(count) }));
    return checkSize(size, parseLesson(text))[0]?.message;
  };
  test("refuses an empty step", () => {
    assert.match(check(0, "") ?? "", /^The step 02-new changes no code/);
    const same = stepOf({ "server.ts": "x();\n", "a.test.ts": "new();\n" });
    const size = measureStep(same, stepOf({ "server.ts": "x();\n" }));
    assert.equal(checkSize(size, parseLesson("")).length, 1);
  });
  test("wants a reason for an oversized one", () => {
    assert.equal(check(MANY_LINES, ""), undefined);
    assert.match(check(MANY_LINES + 1, "Long.") ?? "", /changes 91 lines of code \(the largest hunk has 91, in server\.ts\)/);
    assert.equal(check(91, "This step is longer than the others. It has a list."), undefined);
    assert.equal(check(91, "<!-- oversized: a table of codes -->"), undefined);
    assert.match(check(91, "<!-- oversized: -->") ?? "", /Split it/);
  });
  test("gives the reason", () => {
    assert.equal(justification(parseLesson("<!-- oversized: a table -->")), "a table");
  });
});

describe("npm run size", () => {
  test("prints a table", async () => {
    const root = scratchFolder({
      "steps/01-one/README.md": "# 01: One\n",
      "steps/01-one/server.ts": lines(3),
      "steps/02-two/README.md": "# 02: Two\n",
      "steps/02-two/server.ts": lines(100),
      "steps/03-three/README.md": "# 03: Three\n",
      "steps/03-three/server.ts": lines(100),
    });
    const all = await runScript("size.ts", [], { root });
    assert.equal(all.code, 1);
    assert.match(all.stdout, /^01-one +3 +\+3 +-0 +1 +3 +3 server\.ts$/m);
    assert.match(all.stdout, /^02-two +97 +\+97 +-0 +1 +97 +97 server\.ts +oversized$/m);
    assert.match(all.stdout, /^03-three +0 +\+0 +-0 +0 +0 +0 +empty$/m);
    assert.match(all.stdout, /^The step 03-three changes no code/m);

    const one = await runScript("size.ts", ["1"], { root });
    assert.equal(one.code, 0);
    assert.doesNotMatch(one.stdout, /02-two/);
    const none = await runScript("size.ts", ["7"], { root });
    assert.equal(none.code, 2);
  });
});
