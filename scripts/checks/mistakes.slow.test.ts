import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listSteps } from "../lib/steps.ts";
import { formatProblems } from "./triangle.ts";
import { loadChecks } from "./course.ts";
import { lessonProblems, listMistakes, mistakeProblem } from "./mistakes.ts";
import { fitsQuote } from "./placeholders.ts";
import { COMMON, FAILING, lesson, mistake, plainCommand, scratchCourse, wordServer } from "./scratch-course.ts";

const course = await loadChecks(listSteps());

/** Fails with problems as its message, and without the stack that would bury them. */
function report(problems: Parameters<typeof formatProblems>[0]): void {
  assert.ok(problems.length === 0, `\n${formatProblems(problems)}`);
}

// The limit is for what hangs: each step brings some ten programs more, and machines are busy.
describe("each mistake is caught by the check that it names", { concurrency: 4, timeout: 1_800_000 }, () => {
  for (const step of course) {
    for (const mistake of listMistakes(step)) {
      test(mistake.name, { timeout: 180_000 }, async () => {
        const problem = await mistakeProblem(mistake, step);
        report(problem === undefined ? [] : [problem]);
      });
    }
  }
});

describe("the lessons quote the mistakes", () => {
  for (const step of course) {
    test(step.name, () => report(lessonProblems(step, listMistakes(step))));
  }
});

describe("a mistake that is not caught as it declares is noticed", { timeout: 60_000 }, () => {
  const { steps } = scratchCourse({
    "steps/02-two/mistakes/header.ts": "// Mistake: It has no more of a header.\n",
    "steps/02-two/mistakes/title.ts": mistake("says three", "It says one, not three.") + wordServer("one"),
    "steps/02-two/mistakes/correct.ts": mistake("says two", "It says one, not two.") + wordServer("one two"),
    "steps/02-two/mistakes/early.ts": mistake("says two", "It says zero, not two.") + wordServer("zero"),
    "steps/02-two/mistakes/message.ts": mistake("says two", "It says nothing.") + wordServer("one"),
    "steps/02-two/mistakes/dead.ts": mistake("says two", "It says nothing.") + "process.exit(3);",
  });
  const name = (file: string) => `steps/02-two/mistakes/${file}`;
  const expected: Record<string, string | undefined> = {
    "two.ts": undefined,
    "header.ts": `${name("header.ts")} does not begin with a line "// Caught by: ...".`,
    "title.ts": `${name("title.ts")} names the check "says three", and 02-two has none of that title.`,
    "correct.ts": `${name("correct.ts")} is not caught: it passes "says two", and all checks before it.`,
    "early.ts": `${name("early.ts")} should be caught by "says two", but fails "says one still" before it.`,
    "message.ts": `${name("message.ts")} is caught, but the message is not the "It says nothing." that it declares.`,
    "dead.ts": `${name("dead.ts")} does not start.`,
  };
  for (const [file, message] of Object.entries(expected)) {
    test(file, async () => {
      const [, step] = await loadChecks(steps);
      assert.ok(step);
      const found = listMistakes(step).find((item) => item.name === name(file));
      assert.ok(found);
      assert.equal((await mistakeProblem(found, step, plainCommand))?.message, message);
    });
  }
});

test("a lesson without mistakes, one with a dead link, and one with other words are noticed", () => {
  const messages = (text: string): string => {
    const [, step] = scratchCourse({ "steps/02-two/README.md": text }).steps;
    assert.ok(step);
    return lessonProblems(step, listMistakes(step)).map(({ message }) => message).join("\n");
  };
  assert.equal(messages(lesson(2, FAILING, COMMON)), "");
  assert.match(messages("# Two\n"), /^steps\/02-two\/README\.md has no section "## Common mistakes"\.$/);
  assert.match(messages(lesson(2, FAILING, { ...COMMON, program: "mistakes/gone.ts" })), /links no program in mistakes\/: /);
  assert.match(
    messages(lesson(2, FAILING, { ...COMMON, says: "It says too." })),
    /the line on mistakes\/two\.ts does not quote what it says, `It says two, not one\.`\.$/,
  );
});

test("a quote fits with anything in place of its placeholders, and nothing else", () => {
  assert.ok(fitsQuote("nothing came on port 4711 within 1500 ms.", "nothing came on port <port> within 2000 ms."));
  assert.ok(fitsQuote("the server reset the connection.", "the server <ending>."));
  assert.ok(!fitsQuote("nothing came on port x within 1500 ms.", "nothing came on port <port> within 2000 ms."));
  assert.ok(!fitsQuote("It says onX.", "It says on."));
  assert.ok(!fitsQuote("It says on, and more.", "It says on"));
});
