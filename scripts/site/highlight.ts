import { parser as css } from "@lezer/css";
import { highlightCode, tagHighlighter, tags as t } from "@lezer/highlight";
import { configureNesting, parser as html } from "@lezer/html";
import { parser as javascript } from "@lezer/javascript";
import { escapeHtml } from "../lib/html.ts";

const typescript = javascript.configure({ dialect: "ts" });
const page = html.configure({
  wrap: configureNesting([
    { tag: "script", parser: typescript },
    { tag: "style", parser: css },
  ]),
});

/** Languages that a fence or a file's ending may name, and the parser that understands them. */
const PARSERS: Partial<Record<string, typeof typescript>> = {
  css,
  html: page,
  js: typescript,
  mjs: typescript,
  ts: typescript,
};

/** One letter a kind: a page has thousands of them. The style sheet has colours for light and dark. */
const highlighter = tagHighlighter([
  { tag: t.comment, class: "tc" },
  { tag: [t.string, t.attributeValue, t.regexp, t.character, t.special(t.string)], class: "ts" },
  { tag: [t.number, t.bool, t.null, t.unit, t.color, t.atom], class: "tn" },
  { tag: [t.keyword, t.self, t.modifier, t.operatorKeyword, t.tagName, t.angleBracket, t.definitionKeyword], class: "tk" },
  { tag: [t.typeName, t.className, t.attributeName], class: "tt" },
  { tag: [t.function(t.variableName), t.function(t.propertyName), t.function(t.definition(t.variableName))], class: "tf" },
]);

/** What has been highlighted: steps share most of their files, and a rebuild changes few of them. */
const known = new Map<string, string>();
const MOST_KNOWN = 2000;

/**
 * Code as HTML, with `<i class="tk">` and its kind around what has a colour. A language that we do
 * not know stays plain. No element crosses the end of a line.
 */
export function highlight(code: string, language: string): string {
  if (language === "console") return highlightTerminal(code);
  if (language === "diff") return highlightDiff(code);
  const parser = Object.hasOwn(PARSERS, language) ? PARSERS[language] : undefined;
  if (parser === undefined) return escapeHtml(code);
  // An excerpt from a page's script names the page, but holds no tag.
  const isScript = parser === page && !/<[a-z/!]/i.test(code);
  const key = `${language} ${code}`;
  let html = known.get(key);
  if (html === undefined) {
    html = highlightWith(isScript ? typescript : parser, code);
    if (known.size === MOST_KNOWN) known.clear();
    known.set(key, html);
  }
  return html;
}

function highlightWith(parser: typeof typescript, code: string): string {
  let result = "";
  let open = "";
  const change = (kind: string): void => {
    if (kind === open) return;
    if (open) result += "</i>";
    if (kind) result += `<i class="${kind}">`;
    open = kind;
  };
  highlightCode(
    code,
    parser.parse(code),
    highlighter,
    (text, kind) => {
      change(kind);
      result += escapeHtml(text);
    },
    () => {
      change("");
      result += "\n";
    },
  );
  change("");
  return result;
}

function highlightDiff(code: string): string {
  return code
    .split("\n")
    .map((line) => {
      const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "";
      return kind ? `<i class="${kind}">${escapeHtml(line)}</i>` : escapeHtml(line);
    })
    .join("\n");
}

/** In a terminal, what the reader types stands out from what the program prints. */
function highlightTerminal(code: string): string {
  return code
    .split("\n")
    .map((line) => (/^(\$ |\^C$)/.test(line) ? `<b>${escapeHtml(line)}</b>` : escapeHtml(line)))
    .join("\n");
}
