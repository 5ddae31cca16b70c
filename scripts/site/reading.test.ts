import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { textToCopy } from "../../public/browser/copy-text.ts";
import { parseProgress, whereToGoOn } from "../../public/browser/progress.ts";

describe("progress", () => {
  test("what was kept comes back, and what makes no sense is left out", () => {
    const progress = { done: { echo: "2026-01-02T03:04:05.678Z" }, last: "utf8" };
    assert.deepEqual(parseProgress(JSON.stringify(progress)), progress);
    for (const text of [null, "", "{", "null", "7", "[]", '{"done":[],"last":5}', '{"done":{"echo":true}}']) {
      assert.deepEqual(parseProgress(text), { done: {} }, String(text));
    }
  });

  const steps = ["one", "two", "three"];
  const rows: { done: string[]; last?: string; expected: string | undefined }[] = [
    { done: [], expected: "one" },
    { done: [], last: "two", expected: "two" },
    { done: ["two"], last: "two", expected: "three" },
    { done: ["three"], last: "three", expected: "one" },
    { done: ["one"], last: "gone", expected: "two" },
    { done: ["one", "two", "three"], last: "one", expected: undefined },
  ];
  for (const { done, last, expected } of rows) {
    test(`after reading ${done.join(", ") || "nothing"}, last in ${last ?? "none"}, one goes on with ${expected ?? "none"}`, () => {
      const progress = { done: Object.fromEntries(done.map((slug) => [slug, "2026-01-02"])), ...(last !== undefined && { last }) };
      assert.equal(whereToGoOn(steps, progress), expected);
    });
  }
});

describe("what one copies", () => {
  test("of a terminal, the commands; of output alone, the output", () => {
    assert.equal(textToCopy("$ npm run step 1\n…\nListening\n$ curl -i localhost\n^C\n", "console"), "npm run step 1\ncurl -i localhost");
    assert.equal(textToCopy("Listening\n", "console"), "Listening");
  });

  test("of a difference, the lines as they stand in the file now", () => {
    assert.equal(textToCopy(" a\n-b\n+  c\n\n d\n", "diff"), "a\n  c\n\nd");
  });

  test("of code, all of it", () => {
    assert.equal(textToCopy("const a = 1;\n\nconst b = -1;\n", "ts"), "const a = 1;\n\nconst b = -1;");
  });
});
