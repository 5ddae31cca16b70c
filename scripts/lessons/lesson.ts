import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import markdownIt, { type Token } from "markdown-it";
import { courseRoot } from "../lib/root.ts";

/** A code block of a lesson. */
export interface Fence {
  /** The first word behind the backticks, `ts`; empty if there is none. */
  language: string;
  /** The words after the language: `["server.ts"]`. */
  words: string[];
  /** The text between the fences, without the indentation of a list around it; ends with a line feed. */
  content: string;
  /** The line of the opening fence in the lesson, from 1. */
  line: number;
  /** What the HTML comments say that stand between the last fence and this one. */
  comments: string[];
}

/** Where a lesson points to: a link or an image, in Markdown or in HTML. */
export interface Link {
  href: string;
  /** What the reader sees; for an image, what it says instead of the image. Empty for HTML. */
  text: string;
  line: number;
  image: boolean;
}

export interface Heading {
  level: number;
  text: string;
  /** What GitHub calls it in a link: `what-is-still-wrong`. */
  anchor: string;
  line: number;
}

/** Running text: a paragraph, a heading, an item of a list or a cell of a table, without markup. */
export interface Paragraph {
  text: string;
  line: number;
  /** Whether it is a heading. */
  heading: boolean;
}

/** An item of the list below the heading "Exercises". */
export interface Exercise {
  line: number;
  /** The titles of what unfolds in it: `["Hint", "Answer"]`. */
  summaries: string[];
}

/** Something that Markdown accepts and a lesson must not have, because no gate could see it. */
export interface Problem {
  line: number;
  message: string;
}

export interface Lesson {
  /** How messages call it: `steps/03-accept-key/README.md`. */
  file: string;
  title: string;
  headings: Heading[];
  links: Link[];
  fences: Fence[];
  paragraphs: Paragraph[];
  exercises: Exercise[];
  /** All HTML comments. */
  comments: { text: string; line: number }[];
  problems: Problem[];
}

const markdown = markdownIt({ html: true });

/** Reads the lesson of a step's folder. */
export function readLesson(folder: string): Lesson {
  return readPage(join(folder, "README.md"));
}

/** Reads any page of the repository as if it were a lesson, for the gates that all pages share. */
export function readPage(path: string): Lesson {
  const file = relative(courseRoot, path).replaceAll("\\", "/");
  return parseLesson(readFileSync(path, "utf8"), file);
}

/** Takes a lesson apart. `file` is only for messages. */
export function parseLesson(text: string, file = "README.md"): Lesson {
  const lesson: Lesson = {
    file,
    title: "",
    headings: [],
    links: [],
    fences: [],
    paragraphs: [],
    exercises: [],
    comments: [],
    problems: [],
  };
  const lines = text.split(/\r\n|\n|\r/);
  const anchors = new Set<string>();
  let section = "";
  let depth = 0;
  let line = 1;
  let comments: string[] = [];
  let heading: Token | undefined;

  const readHtml = (html: string): void => {
    for (const [, comment = ""] of html.matchAll(/<!--([^]*?)-->/g)) {
      lesson.comments.push({ text: comment.trim(), line });
      comments.push(comment.trim());
    }
    const tags = html.replace(/<!--[^]*?-->/g, "");
    for (const [, tag = "", href = ""] of tags.matchAll(/<(\w+)\b[^>]*?\s(?:href|src)="([^"]*)"/g)) {
      lesson.links.push({ href: href.replaceAll("&amp;", "&"), text: "", line, image: tag === "img" });
    }
    for (const [, summary = ""] of tags.matchAll(/<summary>([^]*?)<\/summary>/g)) {
      lesson.exercises.at(-1)?.summaries.push(summary.trim());
    }
  };

  const tokens = markdown.parse(text, {});
  for (const token of tokens) {
    if (token.map) line = token.map[0] + 1;
    switch (token.type) {
      case "heading_open":
        heading = token;
        break;
      case "heading_close":
        heading = undefined;
        break;
      case "ordered_list_open":
      case "bullet_list_open":
        depth += 1;
        break;
      case "ordered_list_close":
      case "bullet_list_close":
        depth -= 1;
        break;
      case "list_item_open":
        if (section === "Exercises" && depth === 1) lesson.exercises.push({ line, summaries: [] });
        break;
      case "fence": {
        const [language = "", ...words] = token.info.trim().split(/\s+/);
        lesson.fences.push({ language, words, content: token.content, line, comments });
        comments = [];
        const closing = lines[(token.map?.[1] ?? 0) - 1] ?? "";
        if (token.map && (token.map[1] - 1 === token.map[0] || !closing.includes(token.markup))) {
          lesson.problems.push({ line, message: "This code block is never closed." });
        }
        break;
      }
      case "code_block":
        lesson.problems.push({
          line,
          message:
            "Indented text is a code block, and one that cannot say what it is: use a fence (```), " +
            "or indent it as its list demands.",
        });
        break;
      case "html_block": {
        readHtml(token.content);
        const row = hiddenFence(token.content);
        if (row !== undefined) {
          lesson.problems.push({
            line: line + row,
            message:
              "This code block belongs to the HTML above it and is shown as plain text: put an " +
              "empty line in front of it.",
          });
        }
        break;
      }
      case "inline": {
        const start = line;
        const children = token.children ?? [];
        for (const [index, child] of children.entries()) {
          if (child.type === "softbreak" || child.type === "hardbreak") line += 1;
          else if (child.type === "html_inline") readHtml(child.content);
          else if (child.type === "link_open" || child.type === "image") {
            const image = child.type === "image";
            const href = String(child.attrGet(image ? "src" : "href") ?? "");
            const text = image ? child.content : plainText(linkContent(children, index));
            lesson.links.push({ href, text, line, image });
          } else if (child.type === "text" && /\[[^\]]+\](\(|\[)/.test(child.content)) {
            lesson.problems.push({ line, message: `This is no link: ${child.content.trim()}` });
          }
        }
        line = start;
        const text = plainText(children);
        lesson.paragraphs.push({ text, line, heading: heading !== undefined });
        if (!heading) break;
        const level = Number(heading.tag.slice(1));
        if (level <= 2) section = text;
        if (level === 1 && lesson.title === "") lesson.title = text;
        lesson.headings.push({ level, text, anchor: uniqueAnchor(text, anchors), line });
        break;
      }
    }
  }
  return lesson;
}

/** The line, from 0, of a fence that an HTML block swallows. */
function hiddenFence(html: string): number | undefined {
  const visible = html.replace(/<!--[^]*?-->/g, (comment) => comment.replace(/[^\n]/g, ""));
  const row = visible.split("\n").findIndex((line) => /^\s*(```|~~~)/.test(line));
  return row === -1 ? undefined : row;
}

function linkContent(children: Token[], start: number): Token[] {
  const end = children.findIndex(({ type }, index) => index > start && type === "link_close");
  return children.slice(start + 1, end);
}

/** What a reader reads of inline tokens: no markup, no addresses, no comments. */
function plainText(children: Token[]): string {
  return children
    .map(({ type, content }) => {
      if (type === "softbreak" || type === "hardbreak") return " ";
      return type === "text" || type === "code_inline" ? content : "";
    })
    .join("")
    .trim();
}

/** The anchor that GitHub gives a heading. */
export function slugify(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

function uniqueAnchor(text: string, taken: Set<string>): string {
  const anchor = slugify(text);
  let unique = anchor;
  for (let n = 1; taken.has(unique); n += 1) unique = `${anchor}-${n}`;
  taken.add(unique);
  return unique;
}
