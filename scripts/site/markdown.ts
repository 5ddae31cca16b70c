import markdownIt, { type MarkdownIt, type Token } from "markdown-it";
import { parseFrameBlock } from "../lessons/frame.ts";
import { slugify } from "../lessons/lesson.ts";
import { escapeHtml } from "../lib/html.ts";
import { highlight } from "./highlight.ts";

export interface MarkdownOptions {
  /** Where a link of the lesson leads in the site; `undefined` if there is no such page. */
  link: (href: string) => string | undefined;
  /** The page that shows a file's source, for the caption of a code block that names it. */
  source: (file: string) => string | undefined;
  /** A frame, drawn, as HTML. */
  drawFrame: (bytes: Uint8Array, extensions: string[]) => string;
}

/** A heading of a lesson; `html` is its text without links. */
export interface RenderedHeading {
  level: number;
  id: string;
  html: string;
}

export interface RenderedLesson {
  html: string;
  headings: RenderedHeading[];
}

/** Renders a lesson, without its first heading and its links to the neighbours: the page has its own. */
export function renderLesson(text: string, options: MarkdownOptions): RenderedLesson {
  const body = text
    .trimStart()
    .replace(/^# .*(\r?\n|$)/, "")
    .replace(/\n\[(Previous|Next): [^\n]*\s*$/, "\n");
  const markdown = createMarkdown(options);
  const tokens = markdown.parse(body, {});
  return { html: markdown.renderer.render(tokens, markdown.options, {}), headings: headingsOf(tokens) };
}

function headingsOf(tokens: Token[]): RenderedHeading[] {
  return tokens.flatMap((token, index) => {
    if (token.type !== "heading_open") return [];
    const html = renderInline(tokens[index + 1]?.content ?? "");
    return [{ level: Number(token.tag.slice(1)), id: String(token.attrGet("id")), html }];
  });
}

const inline = createMarkdown({ link: () => undefined, source: () => undefined, drawFrame: () => "" });

/** Renders one line of Markdown. Its links become plain text, for places that are links themselves. */
export function renderInline(text: string): string {
  return inline.renderInline(text);
}

/** A code block with a caption above it; the caption is HTML. */
export function codeBlock(code: string, language: string, caption?: string): string {
  const label = caption === undefined ? "" : `<figcaption>${caption}</figcaption>`;
  // A block that scrolls must be reachable for the keyboard, hence tabindex.
  return (
    `<figure class="code">${label}<pre tabindex="0">` +
    `<code class="language-${escapeHtml(language || "text")}">${PRINTED.has(language) ? rows(code, language) : highlight(code, language)}</code>` +
    `</pre></figure>\n`
  );
}

/** Languages of blocks that show what is printed, not code: their lines are wrapped. */
const PRINTED = new Set(["console", "page"]);

/** Each line in an element of its own, so that what is wrapped can be indented. */
function rows(code: string, language: string): string {
  const lines = highlight(code.replace(/\n$/, ""), language).split("\n");
  return lines.map((line) => `<i>${line}\n</i>`).join("");
}

function createMarkdown({ link, source, drawFrame }: MarkdownOptions): MarkdownIt {
  // The lessons are our own, so their HTML is welcome.
  const markdown = markdownIt({ html: true });
  const { rules } = markdown.renderer;

  rules["fence"] = (tokens, index) => {
    const { info = "", content = "" } = tokens[index] ?? {};
    const [, language = "", words = ""] = /^(\S*)\s*(.*)$/.exec(info.trim()) ?? [];
    const code = dedent(content);
    if (language === "frame") return `${parseFrameBlock(code).map(({ bytes }) => drawFrame(bytes, words.split(" "))).join("\n")}\n`;
    const caption = captionOf(language, words);
    if (caption === "") return codeBlock(code, language);
    const page = source(words);
    const label = escapeHtml(caption);
    return codeBlock(code, language, page ? `<a href="${escapeHtml(page)}">${label}</a>` : label);
  };
  rules["code_block"] = (tokens, index) => codeBlock(tokens[index]?.content ?? "", "");
  rules["table_open"] = () => `<div class="table" tabindex="0"><table>\n`;
  rules["table_close"] = () => "</table></div>\n";
  const html = (tokens: Token[], index: number): string =>
    rewriteHtml(tokens[index]?.content ?? "", link);
  rules["html_block"] = html;
  rules["html_inline"] = html;

  markdown.core.ruler.push("anchors", ({ tokens }) => addAnchors(tokens));
  markdown.core.ruler.push("links", ({ tokens }) => rewriteLinks(tokens, link));
  markdown.core.ruler.push("tasks", ({ tokens, Token }) =>
    addTaskBoxes(tokens, (content) => {
      const box = new Token("html_inline", "", 0);
      box.content = content;
      return box;
    }),
  );
  return markdown;
}

const BROWSERS: Record<string, string> = { chromium: "Chromium", firefox: "Firefox" };

/** What stands above a block: the file it is from, or which window shows it. */
function captionOf(language: string, words: string): string {
  const [name = ""] = words.split(" ");
  const browser = Object.hasOwn(BROWSERS, name) ? BROWSERS[name] : undefined;
  if (language === "console") return browser === undefined ? "terminal" : `${browser}'s console`;
  if (language === "page") {
    if (browser !== undefined) return `the page in ${browser}`;
    return name === "foreign" ? "the page from the other site" : "the page";
  }
  return words;
}

/** Takes away the indentation that all lines share: excerpts are quoted as deep as they stand. */
function dedent(code: string): string {
  const indents = code.match(/^ *(?=\S)/gm) ?? [];
  const shared = Math.min(...indents.map(({ length }) => length));
  return shared > 0 && Number.isFinite(shared) ? code.replace(new RegExp(`^ {${shared}}`, "gm"), "") : code;
}

function addAnchors(tokens: Token[]): void {
  const ids = new Set<string>();
  tokens.forEach((token, index) => {
    if (token.type !== "heading_open") return;
    const text = (tokens[index + 1]?.children ?? [])
      .filter(({ type }) => type === "text" || type === "code_inline")
      .map(({ content }) => content)
      .join("");
    const anchor = slugify(text);
    let id = anchor;
    for (let n = 1; ids.has(id); n += 1) id = `${anchor}-${n}`;
    ids.add(id);
    token.attrSet("id", id);
  });
}

function rewriteLinks(tokens: Token[], link: MarkdownOptions["link"]): void {
  for (const token of tokens) {
    const kept: boolean[] = [];
    for (const child of token.children ?? []) {
      const name = child.type === "image" ? "src" : "href";
      if (child.type === "image" || child.type === "link_open") {
        const target = link(String(child.attrGet(name)));
        if (target !== undefined) child.attrSet(name, target);
        else if (child.type === "link_open") hide(child);
        if (child.type !== "image") kept.push(target !== undefined);
      } else if (child.type === "link_close" && kept.pop() === false) hide(child);
    }
  }
}

function hide(token: Token): void {
  token.type = "text";
  token.tag = "";
  token.content = "";
}

function rewriteHtml(html: string, link: MarkdownOptions["link"]): string {
  return html.replace(/\b(href|src|srcset)="([^"]*)"/g, (whole, name: string, value: string) => {
    const target = link(value.replaceAll("&amp;", "&"));
    return target === undefined ? whole : `${name}="${escapeHtml(target)}"`;
  });
}

/** Turns list items that begin with `[ ]` or `[x]` into items with a checkbox. */
function addTaskBoxes(tokens: Token[], htmlToken: (content: string) => Token): void {
  tokens.forEach((token, index) => {
    const item = tokens[index - 2];
    const [first] = token.children ?? [];
    if (item?.type !== "list_item_open" || first?.type !== "text") return;
    const [box, mark] = /^\[([ xX])\]\s/.exec(first.content) ?? [];
    if (box === undefined) return;
    first.content = first.content.slice(box.length);
    item.attrJoin("class", "task");
    const state = mark === " " ? "" : " checked";
    token.children?.unshift(htmlToken(`<input type="checkbox" disabled${state}> `));
  });
}
