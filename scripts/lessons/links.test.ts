import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { courseRoot } from "../lib/root.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { listSteps } from "../lib/steps.ts";
import { assertNoFindings, describeFinding } from "./finding.ts";
import { parseLesson, readLesson, readPage } from "./lesson.ts";
import { checkLinks, checkTableOfSteps, type Course } from "./links.ts";

describe("links, addresses and commands lead somewhere", () => {
  const course: Course = {
    root: courseRoot,
    steps: listSteps(),
    scripts: Object.keys(JSON.parse(readFileSync(join(courseRoot, "package.json"), "utf8")).scripts),
  };
  const readme = readPage(join(courseRoot, "README.md"));

  for (const page of [
    readme,
    readPage(join(courseRoot, "CONTRIBUTING.md")),
    readPage(join(courseRoot, "steps/practice/README.md")),
    ...course.steps.map(({ folder }) => readLesson(folder)),
  ]) {
    test(page.file, () => assertNoFindings(checkLinks(page, course)));
  }

  test("the README's table of steps", () => assertNoFindings(checkTableOfSteps(readme, course)));
});

const root = scratchFolder({
  "CONTRIBUTING.md": "# Changing\n\n## The parts\n",
  "steps/01-first/README.md": "# 01: First\n\n## Why\n\n## Why\n",
  "steps/01-first/client.html": "",
  "steps/01-first/server.ts": "",
  "steps/02-second/README.md": "# 02: Second\n",
  "steps/02-second/exercises/a.ts": "",
  "steps/02-second/picture.png": "",
});
const course: Course = {
  root,
  steps: listSteps(join(root, "steps")),
  scripts: ["start", "test", "check", "diff"],
};

function check(text: string, file = "steps/02-second/README.md"): string[] {
  return checkLinks(parseLesson(text, file), course).map(describeFinding);
}

describe("what leads somewhere", () => {
  for (const text of [
    "[a](exercises/a.ts) [b](../01-first/README.md#why-1) [c](../../CONTRIBUTING.md#the-parts)",
    "![picture](picture.png) <img src=\"picture.png\"> [folder](exercises) [d](#here)\n\n## Here",
    "<http://localhost:3000/steps/first/client.html>. `http://localhost:4000/steps/first/server.ts.html`",
    "<http://localhost:3000/steps/first/>, <http://localhost:3000/>, <https://example.org/x>",
    "[RFC 6455, section 5.2](https://www.rfc-editor.org/rfc/rfc6455#section-5.2)",
    "[section 5.2](https://www.rfc-editor.org/rfc/rfc6455#section-5.2)",
    "`npm run check 1`, `npm run diff 1 2`, `npm start`, `npm test`, `npm run ...`, `npm run check first`",
    "```console x\n$ npm run check 02-second -- node 7.js\n$ npx tsx steps/01-first/server.ts\n```",
  ]) {
    test(text, () => assert.deepEqual(check(text), []));
  }
});

describe("what leads nowhere", () => {
  const at = "steps/02-second/README.md:1: ";
  const rfc = "does not have the form of a link to an RFC";
  const cases: [text: string, message: string][] = [
    ["[a](exercises/b.ts)", `${at}The link exercises/b.ts leads nowhere.`],
    ["![a](b.png)", `${at}The image b.png leads nowhere.`],
    ['<a href="b.html">b</a>', `${at}The link b.html leads nowhere.`],
    ["[a](../02-first/README.md)", "leads nowhere: the step is 01-first now."],
    ["[a](/steps/01-first/README.md)", "link relative to this page"],
    ["[a](../../../other/x.md)", "leads out of the repository"],
    ["[a](#there)", "There is no heading for #there."],
    ["[a](../01-first/README.md#how)", "There is no heading for ../01-first/README.md#how. The page has: #01-first, #why, #why-1."],
    ["<http://localhost:3000/steps/frist/client.html>", "names no step: the slugs are first, second."],
    ["<http://localhost:3000/steps/01-first/client.html>", "names no step"],
    ["`http://localhost:3000/steps/second/client.html`", "02-second has no file client.html."],
    ["[RFC 6455](https://www.rfc-editor.org/rfc/rfc6455)", rfc],
    ["[x](https://datatracker.ietf.org/doc/html/rfc6455#section-5.2)", rfc],
    ["[x](http://www.rfc-editor.org/rfc/rfc6455#section-5.2)", rfc],
    ["[x](https://www.rfc-editor.org/rfc/rfc6455.html#section-5.2)", rfc],
    ["[RFC 6455, section 5.3](https://www.rfc-editor.org/rfc/rfc6455#section-5.2)", 'The link says "RFC 6455, section 5.3"'],
    ["[RFC 6454, section 5.2](https://www.rfc-editor.org/rfc/rfc6455#section-5.2)", "The link says"],
    ["`npm run chekc 1`", 'There is no command "npm run chekc": there are start, test, check, diff.'],
    ["`npm run check 3 -- node my-server.js`", 'There is no step 3, which "npm run check 3" names.'],
    ["`npm run diff 2 3`", "There is no step 3"],
    ["`npm run check 01-second`", "There is no step 01-second"],
    ["`steps/02-first/server.ts`", "There is no steps/02-first/server.ts: the step is 01-first now."],
    ["`steps/01-first/sever.ts`", "There is no steps/01-first/sever.ts."],
  ];
  for (const [text, message] of cases) {
    test(text, () => {
      const findings = check(text);
      assert.equal(findings.length, 1, findings.join("\n"));
      assert.ok(findings[0]?.includes(message), findings[0]);
    });
  }

  test("a link that is none, on a page that is no lesson", () => {
    assert.match(check("See [the parts][parts].", "README.md").join(), /README\.md:1: This is no link/);
  });

  test("in a block, with its line there", () => {
    const [finding] = check("Text\n\n```console x\n$ npm ci\n$ npm run check 9\n```\n");
    assert.match(finding ?? "", /README\.md:5: There is no step 9/);
  });
});

describe("the README's table", () => {
  const table = (...rows: string[]): string[] =>
    checkTableOfSteps(parseLesson(`| step |\n|---|\n${rows.map((row) => `| ${row} |\n`).join("")}`), course).map(
      ({ message }) => message,
    );
  const [first, second] = ["[01 first](steps/01-first/README.md)", "[02 second](steps/02-second/README.md)"];

  test("lists every step", () => {
    assert.deepEqual(table(first, second), []);
    assert.deepEqual(table(first), [`The table of steps lacks the link ${second}.`]);
  });
  test("under its number, and with the right link", () => {
    assert.equal(table(first, "[03 second](steps/02-second/README.md)").length, 1);
    assert.equal(table(first, "[02 second](steps/01-first/README.md)").length, 1);
  });
  test("in order", () => {
    assert.deepEqual(table(second, first), ["The step 02-second stands above a step that comes before it."]);
  });
});
