/** Escapes text for HTML, in element content and in double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const COMMENT = String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)`;
const HASH_COMMENT = String.raw`(?<comment>(?<![^\s])#[^\n]*)`;
const REGEX = String.raw`(?<regex>(?<=[(,=:[!&|?{};]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*)`;
const STRING = String.raw`(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')`;
const TEMPLATE = String.raw`(?<template>${"`"}(?:\\[\s\S]|[^\\${"`"}])*${"`"})`;
const NUMBER = String.raw`(?<number>\b(?:0[xXbB][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?)n?\b)`;
const KEYWORDS =
  "as async await break case catch class const continue default delete do else export extends " +
  "false finally for from function if implements import in instanceof interface keyof let new null " +
  "of override private readonly return satisfies static super switch this throw true try type " +
  "typeof undefined void while yield";
const KEYWORD = String.raw`(?<keyword>(?<![.\w-])(?:${KEYWORDS.replaceAll(" ", "|")})\b(?!\s*:))`;

const script = new RegExp([COMMENT, REGEX, STRING, TEMPLATE, KEYWORD, NUMBER].join("|"), "g");
const json = new RegExp([STRING, NUMBER].join("|"), "g");
const shell = new RegExp([HASH_COMMENT, STRING].join("|"), "g");
const python = new RegExp(
  [
    HASH_COMMENT,
    STRING,
    String.raw`(?<keyword>\b(?:and|as|break|class|def|elif|else|except|finally|for|from|if|import|in|is|lambda|None|not|or|pass|raise|return|True|False|try|while|with)\b)`,
    NUMBER,
  ].join("|"),
  "g",
);
const style = new RegExp([COMMENT, STRING].join("|"), "g");
const terminal = /(?<prompt>^\$ .*$)|(?<comment>^\s*…$)/gm;
const diff = /(?<added>^\+.*$)|(?<removed>^-.*$)|(?<comment>^@@.*$)/gm;
const markup = /(?<comment><!--[\s\S]*?-->)|(?<keyword><!?\/?[a-zA-Z][\w-]*|\/?>)|(?<string>(?<==)"[^"]*")/g;

const GRAMMARS: Record<string, RegExp> = {
  ts: script,
  js: script,
  mjs: script,
  json,
  sh: shell,
  console: terminal,
  py: python,
  python,
  css: style,
  diff,
};

/**
 * Code as HTML with `<span class="...">` around comments, strings and so on. A handful of regular
 * expressions: enough to rest the eye, and what they do not know stays plain. No span crosses the
 * end of a line.
 */
export function highlight(code: string, language: string): string {
  // An excerpt from a page's script names the page, but holds no tag.
  if (language === "html") return /<[a-z/!]/i.test(code) ? highlightMarkup(code) : mark(code, script);
  const grammar = Object.hasOwn(GRAMMARS, language) ? GRAMMARS[language] : undefined;
  return grammar ? mark(code, grammar) : escapeHtml(code);
}

function highlightMarkup(code: string): string {
  const parts = code.split(/(?<=<(?:script|style)[^>]*>)([\s\S]*?)(?=<\/(?:script|style)>)/);
  return parts
    .map((part, index) => {
      if (index % 2 === 0) return mark(part, markup);
      return mark(part, parts[index - 1]?.includes("<script") ? script : style);
    })
    .join("");
}

function mark(code: string, grammar: RegExp): string {
  let html = "";
  let position = 0;
  for (const match of code.matchAll(grammar)) {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
    if (match[0] === "" || kind === undefined) continue;
    html += escapeHtml(code.slice(position, match.index));
    html += match[0]
      .split("\n")
      .map((line) => (line === "" ? "" : `<span class="${kind}">${escapeHtml(line)}</span>`))
      .join("\n");
    position = match.index + match[0].length;
  }
  return html + escapeHtml(code.slice(position));
}
