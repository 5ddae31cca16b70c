import { createCssVariablesTheme, createHighlighterCoreSync } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";
import c from "shiki/langs/c.mjs";
import css from "shiki/langs/css.mjs";
import diff from "shiki/langs/diff.mjs";
import html from "shiki/langs/html.mjs";
import json from "shiki/langs/json.mjs";
import python from "shiki/langs/python.mjs";
import shell from "shiki/langs/shellscript.mjs";
import typescript from "shiki/langs/typescript.mjs";

// The theme names what a token is and no colour: the style sheet has colours for light and dark.
const theme = createCssVariablesTheme({ name: "tokens" });
const highlighter = createHighlighterCoreSync({
  themes: [theme],
  langs: [c, css, diff, html, json, python, shell, typescript],
  engine: createJavaScriptRegexEngine(),
});

/** Languages that a fence or a file's ending may name, and the grammar that colours them. */
const GRAMMARS: Record<string, string> = {
  c: "c",
  css: "css",
  diff: "diff",
  html: "html",
  js: "typescript",
  json: "json",
  mjs: "typescript",
  py: "python",
  python: "python",
  sh: "shellscript",
  ts: "typescript",
};

/** Escapes text for HTML, in element content and in double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/**
 * Code as HTML with `<span class="token-keyword">` and its kind around what has a colour. A
 * language that we do not know stays plain. No span crosses the end of a line.
 */
export function highlight(code: string, language: string): string {
  if (language === "console") return highlightTerminal(code);
  const grammar = Object.hasOwn(GRAMMARS, language) ? GRAMMARS[language] : undefined;
  if (grammar === undefined) return escapeHtml(code);
  // An excerpt from a page's script names the page, but holds no tag.
  const lang = grammar === "html" && !/<[a-z/!]/i.test(code) ? "typescript" : grammar;
  return highlighter
    // Without a limit: on a slow machine, the rest of a line would stay plain.
    .codeToTokensBase(code, { lang, theme: "tokens", tokenizeTimeLimit: 0 })
    .map((line) => line.map(({ content, color }) => mark(content, color)).join(""))
    .join("\n");
}

function mark(text: string, color: string | undefined): string {
  const kind = /^var\(--shiki-(token-[a-z-]+)\)$/.exec(color ?? "")?.[1];
  return kind === undefined ? escapeHtml(text) : `<span class="${kind}">${escapeHtml(text)}</span>`;
}

/** In a terminal, what the reader types stands out from what the program prints. */
function highlightTerminal(code: string): string {
  return code
    .split("\n")
    .map((line) => (/^(\$ |\^C$)/.test(line) ? `<span class="prompt">${escapeHtml(line)}</span>` : escapeHtml(line)))
    .join("\n");
}
