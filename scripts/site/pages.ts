import { posix } from "node:path";
import type { Step } from "../lib/steps.ts";
import { escapeHtml, highlight } from "./highlight.ts";
import { renderInline } from "./markdown.ts";

/** A part of the course: it begins with the step `from` and ends before the next part. */
export interface Part {
  title: string;
  from: string;
}

export const PARTS: Part[] = [
  { title: "I. The handshake", from: "upgrade-listener" },
  { title: "II. The frame codec", from: "first-frame" },
  { title: "III. A server you would deploy", from: "websocket-server" },
];

/** A page's address within the site, such as `steps/echo/index.html`. */
export type Address = string;

/** The relative link from one page of the site to another; the site has to work in any folder. */
export function linkBetween(from: Address, to: Address): string {
  return posix.relative(posix.dirname(from), to);
}

export const lessonAddress = (step: Step): Address => `steps/${step.slug}/index.html`;
export const fileAddress = (step: Step, file: string): Address => `steps/${step.slug}/${file}`;
export const sourceAddress = (step: Step, file: string): Address =>
  `steps/${step.slug}/files/${file}.html`;

export const twoDigits = (number: number): string => String(number).padStart(2, "0");

/** The steps in groups, each with the heading of its part if it has one. */
export function groupByPart(steps: Step[]): { title: string | undefined; steps: Step[] }[] {
  const groups: { title: string | undefined; steps: Step[] }[] = [];
  for (const step of steps) {
    const part = PARTS.find(({ from }) => from === step.slug);
    const last = groups.at(-1);
    if (part || !last) groups.push({ title: part?.title, steps: [step] });
    else last.steps.push(step);
  }
  return groups;
}

export function indexPage(steps: Step[], hasClient: (step: Step) => boolean): string {
  const address = "index.html";
  const groups = groupByPart(steps).map(({ title, steps }) => {
    const items = steps.map((step) => {
      const lesson = linkBetween(address, lessonAddress(step));
      const client = linkBetween(address, fileAddress(step, "client.html"));
      const name = escapeHtml(step.title);
      const links = [`<a href="${lesson}">Lesson<span class="unseen">: ${name}</span></a>`];
      if (hasClient(step)) {
        links.push(`<a href="${client}">Client page<span class="unseen">: ${name}</span></a>`);
      }
      return `<li>
  <span class="number" aria-hidden="true">${twoDigits(step.number)}</span>
  <div>
    <h3><a href="${lesson}">${renderInline(step.title)}</a></h3>
    <p>${renderInline(step.summary)}</p>
    <p class="links">${links.join(" ")}</p>
  </div>
</li>`;
    });
    const heading = `<h2>${escapeHtml(title ?? "The steps")}</h2>`;
    return `<section>\n${heading}\n<ol class="steps">\n${items.join("\n")}\n</ol>\n</section>`;
  });
  const first = steps[0];
  const body = `<main class="index">
<h1>WebSockets from scratch</h1>
<p class="lead">A complete WebSocket server, built from <code>node:http</code> upwards, in TypeScript, one
small step at a time. Read a lesson, start its server with
<code>npm run step ${first?.number ?? 1}</code> in a second terminal, and open its client page here.</p>
${groups.join("\n") || "<p>There are no steps yet.</p>"}
</main>`;
  const description = "A complete WebSocket server, built one small step at a time.";
  return page({ address, title: "WebSockets from scratch", description, body });
}

export interface LessonPage {
  step: Step;
  part: string | undefined;
  /** The rendered lesson. */
  content: string;
  /** The step's files and where they are shown. */
  files: { name: string; address: Address }[];
  hasClient: boolean;
  previous: Step | undefined;
  next: Step | undefined;
}

export function lessonPage(lesson: LessonPage): string {
  const { step, part, content, files, previous, next } = lesson;
  const address = lessonAddress(step);
  const client = lesson.hasClient
    ? `<a href="client.html">Open its client page</a>`
    : "";
  const list = files.map(
    (file) =>
      `<li><a href="${escapeHtml(linkBetween(address, file.address))}">${escapeHtml(file.name)}</a></li>`,
  );
  const body = `<main>
<article>
<header>
<p class="eyebrow">${part ? `${escapeHtml(part)} · ` : ""}Step ${twoDigits(step.number)}</p>
<h1>${renderInline(step.title)}</h1>
<p class="run"><span><span class="quiet">Run it:</span> <code>npm run step ${step.number}</code></span> ${client} <a href="#files">Its files</a></p>
</header>
${content}
</article>
<section class="files" id="files" aria-labelledby="files-title">
<h2 id="files-title">The files of this step</h2>
<ul>
${list.join("\n")}
</ul>
</section>
<nav class="neighbours" aria-label="Previous and next step">
${previous ? neighbour(address, previous, "Previous", "prev") : ""}
${next ? neighbour(address, next, "Next", "next") : ""}
</nav>
</main>`;
  const title = `${twoDigits(step.number)} ${step.title}`;
  return page({ address, title, description: step.summary, body });
}

function neighbour(from: Address, step: Step, label: string, rel: "prev" | "next"): string {
  const href = linkBetween(from, lessonAddress(step));
  return (
    `<a class="${rel}" rel="${rel}" href="${href}"><span class="quiet">${label}</span> ` +
    `<span>${twoDigits(step.number)} ${renderInline(step.title)}</span></a>`
  );
}

export function sourcePage(step: Step, file: string, code: string): string {
  const address = sourceAddress(step, file);
  // Tests are long and seldom read: their colours would double the time of a build.
  const language = file.endsWith(".test.ts") ? "text" : posix.extname(file).slice(1);
  const lines = highlight(code.replace(/\r?\n$/, ""), language)
    .split(/\r?\n/)
    .map((line, index) => `<span class="line" id="L${index + 1}">${line}\n</span>`)
    .join("");
  const body = `<main class="source">
<p class="eyebrow"><a href="${linkBetween(address, lessonAddress(step))}">Step ${twoDigits(step.number)}: ${renderInline(step.title)}</a></p>
<h1>${escapeHtml(file)}</h1>
<figure class="code"><pre tabindex="0"><code class="numbered">${lines}</code></pre></figure>
</main>`;
  return page({ address, title: `${file}, step ${twoDigits(step.number)}`, description: "", body });
}

interface Page {
  address: Address;
  title: string;
  description: string;
  body: string;
}

function page({ address, title, description, body }: Page): string {
  const home = linkBetween(address, "index.html");
  const plain = description.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*_]/g, "");
  const atHome = address === "index.html";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title.replaceAll("`", ""))}${atHome ? "" : " · WebSockets from scratch"}</title>
${plain ? `<meta name="description" content="${escapeHtml(plain)}">\n` : ""}<link rel="icon" href="${linkBetween(address, "favicon.svg")}">
<link rel="stylesheet" href="${linkBetween(address, "style.css")}">
</head>
<body>
${atHome ? "" : `<header class="site"><a href="${home}">WebSockets from scratch</a></header>\n`}${body}
</body>
</html>
`;
}
