import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { transformSync } from "esbuild";
import { loadChecks } from "../checks/course.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { listSteps } from "../lib/steps.ts";
import { headingFor, hintsFor, parseHints, readHints, type Hints } from "./hints.ts";

const MOST_CODE_LINES = 12;

const course = await loadChecks(listSteps());

describe("every check has hints", () => {
  for (const step of course) {
    test(step.name, () => {
      const hints = readHints(step.folder);
      const used = new Map(step.checks.map(({ title }) => [title, headingFor(hints.keys(), title)]));
      const without = step.checks.map(({ title }) => title).filter((title) => used.get(title) === undefined);
      assert.ok(without.length === 0, `steps/${step.name}/hints.md has no hints for: ${without.join(" | ")}`);
      const idle = [...hints.keys()].filter((heading) => ![...used.values()].includes(heading));
      assert.ok(idle.length === 0, `steps/${step.name}/hints.md has hints for what is no check: ${idle.join(" | ")}`);
    });
  }
});

test("no hint is there twice", () => {
  const seen = new Map<string, string>();
  for (const step of course) {
    for (const [heading, text] of hintsOf(step.folder)) {
      const here = `${step.name}: ${heading}`;
      assert.equal(seen.get(text), undefined, `The hint of "${here}" is word for word that of another check:\n${text}`);
      seen.set(text, here);
    }
  }
  assert.ok(seen.size > 0);
});

test("a hint is short, and its TypeScript can be read", () => {
  for (const step of course) {
    for (const [heading, text] of hintsOf(step.folder)) {
      const where = `${step.name}: ${heading}`;
      const [fence = "", language, code = ""] = /^```(.*)\n([^]*?)^```$/m.exec(text) ?? [];
      assert.ok(code.split("\n").length - 1 <= MOST_CODE_LINES, `${where}: more than ${MOST_CODE_LINES} lines of code.`);
      assert.ok(!text.replace(fence, "").includes("```"), `${where}: more than one code block.`);
      if (language !== "ts") continue;
      assert.doesNotThrow(() => transformSync(code, { loader: "ts", logLevel: "silent" }), `${where}: the code does not parse.\n${code}`);
    }
  }
});

/** Each hint once, with one of its headings. */
function hintsOf(folder: string): [heading: string, text: string][] {
  const once = new Map<Hints, string>([...readHints(folder)].map(([heading, hints]) => [hints, heading]));
  return [...once].flatMap(([hints, heading]) => hints.map((text): [string, string] => [heading, text]));
}

const HINTS = `# Hints for step 02

## says two

1. Why?
2. See section 1.

   It goes on.
3. Nearly:

   \`\`\`ts
   say(2);
   \`\`\`

## refuses …
## accepts three

1. How many?
2. Count.
3. Three.
`;

test("hints are read with their code, and headings can share them", () => {
  const hints = parseHints(HINTS, "02-two");
  assert.deepEqual([...hints.keys()], ["says two", "refuses …", "accepts three"]);
  assert.deepEqual(hints.get("says two"), ["Why?", "See section 1.\n\nIt goes on.", "Nearly:\n\n```ts\nsay(2);\n```"]);
  assert.equal(hints.get("refuses …"), hints.get("accepts three"));
  assert.deepEqual(parseHints(HINTS.replaceAll("\n", "\r\n"), "02-two"), hints);
});

test("a check finds its hints by its title, or by the longest beginning", () => {
  const headings = ["says two", "refuses …", "refuses a key …", "refuses a key of 1"];
  const rows: [title: string, heading: string | undefined][] = [
    ["says two", "says two"],
    ["says two and more", undefined],
    ["refuses all", "refuses …"],
    ["refuses a key of 2", "refuses a key …"],
    ["refuses a key of 1", "refuses a key of 1"],
    ["accepts all", undefined],
  ];
  for (const [title, heading] of rows) assert.equal(headingFor(headings, title), heading, title);
});

test("hintsFor reads the step's file, and knows nothing where there is none", () => {
  const root = scratchFolder({ "steps/02-two/hints.md": HINTS });
  assert.equal(hintsFor({ folder: `${root}/steps/02-two` }, "refuses all")?.[0], "How many?");
  assert.equal(hintsFor({ folder: `${root}/steps/02-two` }, "says three"), undefined);
  assert.equal(hintsFor({ folder: `${root}/steps/01-one` }, "says two"), undefined);
});

const malformed: [what: string, from: string, to: string, message: string][] = [
  ["another step's title", "step 02", "step 03", 'hints.md:1: The first line must be "# Hints for step 02".'],
  ["a hint without a heading", "## says two\n", "", "hints.md:4: This hint stands below no heading."],
  ["a hint too few", "3. Three.\n", "", 'three hints above, at "accepts three", none of them empty, but there are 2.'],
  ["a hint too many", "3. Three.\n", "3. Three.\n4. Four.\n", "but there are 4."],
  ["an empty hint", "2. Count.\n", "2. \n", "but there are 2."],
  ["a wrong number", "2. Count.\n", "3. Count.\n", "hints.md:19: Hint 3 comes where 2 should."],
  ["no question", "How many?", "How many.", 'The first hint above, at "accepts three", is no question.'],
  ["a heading twice", "accepts three", "says two", 'hints.md:16: "says two" is here twice.'],
  ["an open code block", "   ```\n", "", 'A code block above, at "says two", is never closed.'],
  ["a line that belongs nowhere", "   It goes", "It goes", "hints.md:8: A line begins with"],
];

for (const [what, from, to, message] of malformed) {
  test(`malformed: ${what}`, () => {
    assert.ok(HINTS.includes(from));
    assert.throws(() => parseHints(HINTS.replace(from, to), "02-two"), (error: Error) => {
      assert.ok(error.message.startsWith("steps/02-two/hints.md:") && error.message.includes(message), error.message);
      return true;
    });
  });
}
