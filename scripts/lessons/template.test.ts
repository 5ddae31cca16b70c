import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listSteps, type Step } from "../lib/steps.ts";
import { assertNoFindings, describeFinding } from "./finding.ts";
import { parseLesson, readLesson } from "./lesson.ts";
import { checkTemplate, countWords } from "./template.ts";

describe("the lessons have the form of a lesson", () => {
  const steps = listSteps();
  for (const step of steps) {
    test(step.name, () => assertNoFindings(checkTemplate(readLesson(step.folder), step, steps)));
  }
});

const steps = (["First one", "Second one", "Third one"] as const).map((title, index): Step => {
  const slug = title.toLowerCase().replace(" ", "-");
  return { number: index + 1, slug, name: `0${index + 1}-${slug}`, folder: "", title, summary: "" };
});
const exercise = `
   <details><summary>Hint</summary>

   A hint.

   </details>
   <details><summary>Answer</summary>

   An answer.

   </details>
`;
const LESSON = `# 02: Second one

${"word ".repeat(600)}

## The failing check

\`\`\`console checks
$ npm run check 2
\`\`\`

## The change

\`\`\`ts server.ts
x();
\`\`\`

## Run it

## Why

## What is still wrong

[Previous: 01, first one](../01-first-one/README.md) · [Next: 03, third one](../03-third-one/README.md)

## Exercises

1. One.
${exercise}
2. Two.
${exercise}`;

function check(text: string, step = steps[1] as Step): string[] {
  return checkTemplate(parseLesson(text, "README.md"), step, steps).map(describeFinding);
}

test("a lesson of that form", () => {
  assert.deepEqual(check(LESSON), []);
  assert.deepEqual(check(LESSON.replace("## The change", "## Something else\n\n## And more")), []);
  assert.deepEqual(check(LESSON.replace("## Why", "## Why\n\n## Common mistakes")), []);
});

describe("a lesson without that form", () => {
  const line = (text: string): number => LESSON.slice(0, LESSON.indexOf(text)).split("\n").length;
  const cases: [name: string, from: string | RegExp, to: string, message: string][] = [
    ["number in the title", "# 02:", "# 03:", 'README.md:1: The title "03: Second one" does not begin with the number of its folder, "02: ".'],
    ["a section", "## Why", "## Because", 'The section "## Why" is missing.'],
    ["order", /## Run it\n\n## Why/, "## Why\n\n## Run it", `README.md:${line("## Run it")}: The sections do not stand in the order`],
    ["a last word", /$/, "\n## More\n", "others only between them"],
    ["a first word", "## The fail", "## Before\n\n## The fail", "others only between them"],
    ["the check", "npm run check 2", "npm run check 1", `README.md:${line("## The fail")}: "The failing check" does not show "npm run check 2".`],
    ["the change", "```ts server.ts", "```text", 'Between "The failing check" and "Run it", no section shows the change.'],
    ["a second exercise", `2. Two.\n${exercise}`, "", "in a numbered list; here are 1."],
    ["an answer", "<summary>Answer</summary>", "<summary>Solution</summary>", `README.md:${line("1. One.")}: Exercise 1 unfolds "Hint", "Solution", and should`],
    ["any words", /(word ){100}/, "", " words of prose, and should have 600 to 1500."],
    ["few words", "word ", "word ".repeat(1000), "The lesson has 16"],
    ["the way back", "[Previous: 01, first one](../01-first-one/README.md)", "", "missing: [Previous: 01, First one](../01-first-one/README.md)"],
    ["the way on", "03-third-one/README.md", "01-first-one/README.md", "it should be [Next: 03, Third one](../03-third-one/README.md)"],
    ["the neighbour's number", "Next: 03", "Next: 04", `README.md:${line("[Previous")}: The link is [Next: 04, third one]`],
  ];
  for (const [name, from, to, message] of cases) {
    test(name, () => {
      const findings = check(LESSON.replace(from, to));
      assert.equal(findings.length, 1, findings.join("\n"));
      assert.ok(findings[0]?.includes(message), findings[0]);
    });
  }

  test("a way on from the last step", () => {
    const findings = check(LESSON.replace("# 02:", "# 03:").replace("check 2", "check 3"), steps[2]);
    assert.ok(findings.some((finding) => finding.includes("and there is no such step")), findings.join("\n"));
  });
});

test("what counts as a word", () => {
  const lesson = parseLesson(
    "# One two\n\nThree `four five` [six](seven.md) – & <kbd>seven</kbd> <!-- no -->\n\n- eight\n\n" +
      "| nine |\n|---|\n| ten |\n\n```text\nno\n```\n",
  );
  assert.equal(countWords(lesson), 10);
});
