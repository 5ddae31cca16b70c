import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { describe, test } from "node:test";
import { walk } from "../lib/files.ts";
import { stepsFolder } from "../lib/steps.ts";
import { escapeHtml, highlight } from "./highlight.ts";

const rows: [language: string, code: string, expected: RegExp][] = [
  ["ts", "const a = 1; // why", /<span class="token-keyword">const<\/span>.*<span class="token-comment">\/\/ why<\/span>/],
  ["ts", '"a < b"', /<span class="token-string-expression">&quot;a &lt; b&quot;<\/span>/],
  ["html", "const a = 1;", /<span class="token-keyword">const<\/span>/],
  ["html", "<p>1</p>", /&lt;<span class="token-[a-z-]+">p<\/span>|<span class="token-[a-z-]+">&lt;p/],
  ["diff", "-a\n+b\n c", /<span class="token-deleted">-a<\/span>\n<span class="token-inserted">\+b<\/span>\n c/],
  ["console", "$ npm ci\n<b>", /^<span class="prompt">\$ npm ci<\/span>\n&lt;b&gt;$/],
  ["text", "const a", /^const a$/],
  ["constructor", "const a", /^const a$/],
];

describe("highlight", () => {
  for (const [language, code, expected] of rows) {
    test(`${language}: ${JSON.stringify(code)}`, () => {
      assert.match(highlight(code, language), expected);
    });
  }

  test("never changes the text, and no span crosses a line", () => {
    for (const file of walk(stepsFolder)) {
      const code = readFileSync(join(stepsFolder, file), "utf8");
      const html = highlight(code, extname(file).slice(1));
      assert.equal(html.replace(/<\/?span[^>]*>/g, ""), escapeHtml(code), file);
      for (const line of html.split("\n")) {
        assert.equal(line.split("<span").length, line.split("</span>").length, `${file}: ${line}`);
      }
    }
  });
});
