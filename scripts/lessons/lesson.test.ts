import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLesson } from "./lesson.ts";

test("blocks, with their lines, words and the comments in front of them", () => {
  const { fences } = parseLesson(
    [
      "# 01: Title",
      "",
      "<!-- page: open -->",
      "Text <!-- in between --> goes on.",
      "",
      "```console server random-mask",
      "a",
      "",
      "b",
      "```",
      "",
      "1. Item",
      "",
      "   <details><summary>Hint</summary>",
      "",
      "   <!-- page: press",
      "   Send -->",
      "   ```ts server.ts",
      "   one",
      "     two",
      "   ```",
      "",
      "   </details>",
      "",
      "> ~~~~ page",
      "> x",
      "> ~~~~",
      "",
    ].join("\n"),
  );
  assert.deepEqual(fences, [
    {
      language: "console",
      words: ["server", "random-mask"],
      content: "a\n\nb\n",
      line: 6,
      comments: ["page: open", "in between"],
    },
    { language: "ts", words: ["server.ts"], content: "one\n  two\n", line: 18, comments: ["page: press\nSend"] },
    { language: "page", words: [], content: "x\n", line: 25, comments: [] },
  ]);
});

test("line feeds of any system", () => {
  const text = "# 01: T\r\n\r\n```ts a.ts\r\nx\r\n```\r\n";
  const { fences, problems } = parseLesson(text);
  assert.deepEqual(fences.map(({ line, content }) => [line, content]), [[3, "x\n"]]);
  assert.deepEqual(problems, []);
});

test("headings, links and exercises", () => {
  const lesson = parseLesson(
    [
      "# 01: The `upgrade` listener",
      "",
      "A [first **link**](a.md) and",
      'on the [second](b.md#c) line an ![image](i.png) and <a href="h.md?a=1&amp;b=2">HTML</a>.',
      "",
      "## Exercises",
      "",
      "1. One <http://localhost:3000/>",
      "   - nested",
      "",
      "   <details><summary>Hint</summary>",
      "",
      "   x",
      "",
      "   </details>",
      "",
      "2. Two",
      "",
      "## Exercises",
    ].join("\n"),
  );
  assert.equal(lesson.title, "01: The upgrade listener");
  assert.deepEqual(
    lesson.headings.map(({ anchor, line }) => [anchor, line]),
    [["01-the-upgrade-listener", 1], ["exercises", 6], ["exercises-1", 19]],
  );
  assert.deepEqual(lesson.links, [
    { href: "a.md", text: "first link", line: 3, image: false },
    { href: "b.md#c", text: "second", line: 4, image: false },
    { href: "i.png", text: "image", line: 4, image: true },
    { href: "h.md?a=1&b=2", text: "", line: 4, image: false },
    { href: "http://localhost:3000/", text: "http://localhost:3000/", line: 8, image: false },
  ]);
  assert.deepEqual(lesson.exercises, [
    { line: 8, summaries: ["Hint"] },
    { line: 17, summaries: [] },
  ]);
});

test("a link that Markdown does not take for one", () => {
  const { problems } = parseLesson("See [this](no such place.md) and [that][nowhere].\n");
  assert.deepEqual(problems.map(({ line }) => line), [1]);
});
