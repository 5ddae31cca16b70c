import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { listSteps } from "../lib/steps.ts";
import { scratchFolder } from "../lib/scratch.ts";
import { markRanges, renderChanges } from "./changes.ts";

const many = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `const line${from + index} = ${from + index};\n`).join("");

const before = `/* A comment\nof two lines */\nlet answer = "<b>" && 41;\n${many(1, 9)}export function keepMe() {}\n${many(10, 20)}`;
const after = `/* A comment\nof two lines */\nlet answer = "<b>" && 42;\n${many(1, 9)}export function keepMe() {}\n${many(10, 20)}const last = 1;\n`;

/** The changes between two steps with these files. */
function changes(one: Record<string, string>, two: Record<string, string>) {
  const files = (step: string, all: Record<string, string>) =>
    Object.entries(all).map(([file, text]) => [`steps/${step}/${file}`, text] as const);
  const root = scratchFolder(Object.fromEntries([...files("01-one", one), ...files("02-two", two)]));
  const [first, second] = listSteps(join(root, "steps"));
  assert.ok(first && second);
  return renderChanges(first, second, (file) => `files/${file}.html`);
}

describe("the changes between two steps", () => {
  const { page, summary, size } = changes({ "server.ts": before, "gone.ts": "gone();\n" }, { "server.ts": after, "new.ts": "fresh();\n" });

  test("count lines as npm run diff does", () => {
    assert.deepEqual(size, { added: 3, removed: 2 });
    assert.match(page, /3 files, 3 lines added, 2 lines removed/);
  });

  test("say in words which files and lines came and went", () => {
    assert.match(page, /gone\.ts<\/a> <span class="diff-counts"><span class="diff-status">removed<\/span>/);
    assert.match(page, /new\.ts<\/a> <span class="diff-counts"><span class="diff-status">new<\/span>/);
    assert.match(page, /<tr class="added"><td><td>3<td>\+<b>added<\/b><td>/);
    assert.match(page, /<tr class="removed"><td>3<td><td>−<b>removed<\/b><td>/);
  });

  test("mark the words that differ, and escape the code", () => {
    assert.match(page, /<i class="tn"><mark>42<\/mark><\/i>/);
    assert.match(page, /&quot;&lt;b&gt;&quot;/);
    assert.doesNotMatch(page, /<b>"/);
  });

  test("highlight each file as a whole", () => {
    assert.match(page, /<td>2<td>2<td><td><i class="tc">of two lines \*\/<\/i>/);
  });

  test("fold what does not change, and name it", () => {
    assert.match(page, /<summary>\d+ unchanged lines: <code>keepMe<\/code><\/summary>/);
    assert.match(summary, /<p class="fold"><a href="files\/server\.ts\.html#L7">\d+ unchanged lines: <code>keepMe<\/code><\/a><\/p>/);
    for (let line = 1; line <= 20; line += 1) assert.match(page, new RegExp(`line${line} = `));
  });

  test("link the whole file, if there is one", () => {
    assert.match(page, /href="files\/server\.ts\.html">The whole new file/);
    assert.match(page, /href="files\/new\.ts\.html">The whole file/);
    assert.doesNotMatch(page, /files\/gone\.ts\.html/);
  });
});

test("a long change is fetched when it is wanted", () => {
  const { summary, page } = changes({ "server.ts": "" }, { "server.ts": many(1, 900) });
  assert.ok(summary.length < 2_000);
  assert.match(summary, /data-from="changes\.html#diff-server\.ts"/);
  assert.match(summary, /<a href="changes\.html#diff-server\.ts">What changes in server\.ts<\/a>/);
  assert.match(page, /id="diff-server\.ts"/);
});

test("no change, and no step before", () => {
  const { summary, size } = changes({ "server.ts": before }, { "server.ts": before });
  assert.match(summary, /The code is that of the step before/);
  assert.deepEqual(size, { added: 0, removed: 0 });
  const [first] = listSteps();
  assert.ok(first);
  assert.equal(renderChanges(undefined, first, () => undefined).size.removed, 0);
});

test("marks stand inside of tags, and count entities as one character", () => {
  assert.equal(markRanges('<i class="tk">let</i> a &lt; b', [[2, 5]]), '<i class="tk">le<mark>t</mark></i><mark> a</mark> &lt; b');
  assert.equal(markRanges("a &lt; b", [[2, 3]]), "a <mark>&lt;</mark> b");
});
