import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { describe, test } from "node:test";
import { walk } from "../lib/files.ts";
import { stepsFolder } from "../lib/steps.ts";
import { escapeHtml, highlight } from "./highlight.ts";

/** The highlighted pieces as `kind:text`. */
function pieces(code: string, language: string): string[] {
  const spans = highlight(code, language).matchAll(/<span class="(\w+)">(.*?)<\/span>/g);
  return [...spans].map(([, kind, text]) => `${kind}:${text}`);
}

const rows: [language: string, code: string, expected: string[]][] = [
  ["ts", "const a = 0x1f; // why", ["keyword:const", "number:0x1f", "comment:// why"]],
  ["ts", 'f("a // b", \'c\\\'d\')', ["string:&quot;a // b&quot;", "string:'c\\'d'"]],
  ["ts", "x = `a\nb`", ["template:`a", "template:b`"]],
  ["ts", "/* a\n\nb */", ["comment:/* a", "comment:b */"]],
  ["ts", "s.replace(/[\"/]'/g, 1)", ["regex:/[&quot;/]'/g", "number:1"]],
  ["ts", "a / b / c", []],
  ["ts", "this.delete; { default: 1 }; map.get", ["keyword:this", "number:1"]],
  ["json", '{ "a": 1 }', ["string:&quot;a&quot;", "number:1"]],
  ["sh", "npm ci # once", ["comment:# once"]],
  ["console", "$ npm ci\n…\nit's", ["prompt:$ npm ci", "comment:…"]],
  ["html", "const a = 1;", ["keyword:const", "number:1"]],
  ["diff", "-a\n+b\n c", ["removed:-a", "added:+b"]],
  [
    "html",
    '<p class="x">1</p><script>let a = 1;</script>',
    [
      "keyword:&lt;p",
      "string:&quot;x&quot;",
      "keyword:&gt;",
      "keyword:&lt;/p",
      "keyword:&gt;",
      "keyword:&lt;script",
      "keyword:&gt;",
      "keyword:let",
      "number:1",
      "keyword:&lt;/script",
      "keyword:&gt;",
    ],
  ],
  ["text", "const a", []],
  ["constructor", "const a", []],
];

describe("highlight", () => {
  for (const [language, code, expected] of rows) {
    test(`${language}: ${JSON.stringify(code)}`, () => {
      assert.deepEqual(pieces(code, language), expected);
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
