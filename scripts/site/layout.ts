import { posix } from "node:path";
import { escapeHtml } from "../lib/html.ts";
import {
  commandsAddress,
  frontAddress,
  linkBetween,
  playgroundAddress,
  practiceAddress,
  requirementsAddress,
  symptomsAddress,
  type Address,
} from "./pages.ts";

/** What a page gives to the frame that all pages share. Everything but `title` and `description` is HTML. */
export interface Page {
  address: Address;
  /** Plain text; backticks go away. */
  title: string;
  /** For search engines and link previews; Markdown goes away. */
  description: string;
  /** What stands between header and footer, with one `<main id="main">`. */
  body: string;
  /** Where we are, in the header behind the name of the site. */
  where?: string;
  previous?: Address | undefined;
  next?: Address | undefined;
  /** Whether the page is a lesson or a part of one; others have more styles. */
  lesson?: boolean;
  /** Scripts of the site that the page loads beside `site.js`, such as `playground.js`. */
  scripts?: string[];
}

const NAME = "WebSockets from scratch";

/** The pages beside the lessons, in the order in which header and footer list them. */
export const DOORS: { address: Address; name: string }[] = [
  { address: practiceAddress, name: "Practice" },
  { address: playgroundAddress, name: "Playground" },
  { address: symptomsAddress, name: "Symptoms" },
  { address: requirementsAddress, name: "Requirements" },
  { address: commandsAddress, name: "Commands" },
];

/** A whole page. */
export function renderPage(page: Page): string {
  const { address, body, where, previous, next, lesson = false, scripts = [] } = page;
  const to = (target: Address): string => escapeHtml(linkBetween(address, target));
  const title = page.title.replaceAll("`", "");
  const description = plainText(page.description);
  const root = posix.relative(posix.dirname(address), ".");
  const doors = DOORS.map((door) => {
    const current = door.address === address ? ' aria-current="page"' : "";
    return `<a href="${to(door.address)}"${current}>${door.name}</a>`;
  });
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(address === frontAddress ? title : `${title} · ${NAME}`)}</title>`,
    description && `<meta name="description" content="${escapeHtml(description)}">`,
    `<link rel="icon" href="${to("favicon.svg")}">`,
    previous && `<link rel="prev" href="${to(previous)}">`,
    next && `<link rel="next" href="${to(next)}">`,
    ...["site.css", ...(lesson ? [] : ["pages.css"])].map((name) => `<link rel="stylesheet" href="${to(`assets/${name}`)}">`),
    ...["site.js", ...scripts].map((name) => `<script type="module" src="${to(`assets/${name}`)}"></script>`),
  ].filter(Boolean);
  return `<!doctype html>
<html lang="en" data-root="${root === "" ? "" : `${root}/`}">
<head>
${head.join("\n")}
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="site">
<p><a href="${to(frontAddress)}"${address === frontAddress ? ' aria-current="page"' : ""}>${NAME}</a>${where ? ` ${where}` : ""}</p>
<nav aria-label="Site">${doors.join(" ")}</nav>
</header>
${body}
</body>
</html>
`;
}

/** Markdown without its marks, on one line. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
