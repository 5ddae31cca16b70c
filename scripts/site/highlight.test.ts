import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { describe, test } from "node:test";
import { walk } from "../lib/files.ts";
import { escapeHtml } from "../lib/html.ts";
import { stepsFolder } from "../lib/steps.ts";
import { highlight } from "./highlight.ts";

const rows: [language: string, code: string, expected: RegExp][] = [
  ["ts", "const a = 1; // why", /<i class="tk">const<\/i>.*<i class="tc">\/\/ why<\/i>/],
  ["ts", '"a < b"', /<i class="ts">&quot;a &lt; b&quot;<\/i>/],
  ["html", "const a = 1;", /<i class="tk">const<\/i>/],
  ["html", "<p>1</p>", /<i class="tk">&lt;p/],
  ["diff", "-a\n+b\n c", /<i class="removed">-a<\/i>\n<i class="added">\+b<\/i>\n c/],
  ["console", "$ npm ci\n<b>", /^<b>\$ npm ci<\/b>\n&lt;b&gt;$/],
  ["text", "const a", /^const a$/],
  ["constructor", "const a", /^const a$/],
];

describe("highlight", () => {
  for (const [language, code, expected] of rows) {
    test(`${language}: ${JSON.stringify(code)}`, () => {
      assert.match(highlight(code, language), expected);
    });
  }

  test("never changes the text, and no element crosses a line", () => {
    for (const file of walk(stepsFolder)) {
      const code = readFileSync(join(stepsFolder, file), "utf8");
      const html = highlight(code, extname(file).slice(1));
      assert.equal(html.replace(/<\/?[ib]( class="[a-z]+")?>/g, ""), escapeHtml(code), file);
      for (const line of html.split("\n")) {
        assert.equal(line.split("<i ").length, line.split("</i>").length, `${file}: ${line}`);
      }
    }
  });
});
