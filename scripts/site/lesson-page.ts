import { escapeHtml } from "../lib/html.ts";
import type { Step } from "../lib/steps.ts";
import { renderPage } from "./layout.ts";
import { renderInline, type RenderedLesson } from "./markdown.ts";
import { frontAddress, lessonAddress, linkBetween, requirementsAddress, twoDigits, type Address } from "./pages.ts";

/** A check, as far as the page shows it. */
export interface ShownCheck {
  title: string;
  proves: readonly string[];
  retiredBy?: string | undefined;
}

export interface LessonPage {
  step: Step;
  part: string | undefined;
  lesson: RenderedLesson;
  /** The differences from the step before, as HTML; empty if there is none. */
  changes: string;
  checks: readonly ShownCheck[];
  /** The step's files and where they are shown. */
  files: { name: string; address: Address }[];
  /** All files of the step, shown or not. */
  hasFile: (name: string) => boolean;
  previous: Step | undefined;
  next: Step | undefined;
  /** All steps of the course. */
  steps: readonly Step[];
}

/** The page of a lesson: prose, lab, what changed, checks, files, and the ways on. */
export function lessonPage(page: LessonPage): string {
  const { step, steps, part, lesson, changes, previous, next } = page;
  const address = lessonAddress(step);
  // The goal stands above the lab, the rest of the lesson below it.
  const [, goal = "", rest = ""] = /^(<p>.*?<\/p>\n)?(.*)$/s.exec(lesson.html) ?? [];
  const sections = [changesSection(previous, changes), checksSection(page), filesSection(page)].filter(({ html }) => html !== "");
  const entries = [...lesson.headings.filter(({ level }) => level === 2), ...sections.map(({ id, title }) => ({ id, html: title }))];
  const contents = `<ol>\n${entries.map(({ id, html }) => `<li><a href="#${escapeHtml(id)}">${html}</a></li>`).join("\n")}\n</ol>`;
  const position = `${twoDigits(step.number)} of ${twoDigits(steps.length)}`;
  const body = `<div class="lesson">
<nav class="contents" aria-label="Contents of this lesson">
<p class="contents-title">${twoDigits(step.number)} ${renderInline(step.title)}</p>
${contents}
</nav>
<main class="page" id="main" data-step="${step.slug}">
<article>
<header>
<h1>${renderInline(step.title)}</h1>
${goal.replace("<p>", '<p class="lead">')}<details class="contents"><summary>Contents</summary>
<nav aria-label="Contents">${contents}</nav>
</details>
</header>
${labSection(page)}
${rest}</article>
${sections.map(({ html }) => html).join("\n")}
<nav class="neighbours" id="end" aria-label="Previous and next step">
${previous ? neighbour(address, previous, "Previous", "prev") : ""}
${next ? neighbour(address, next, "Next", "next") : `<a class="next" href="${linkBetween(address, frontAddress)}"><span class="quiet">The last one so far</span> <span>To the map of the course</span></a>`}
</nav>
</main>
</div>`;
  return renderPage({
    address,
    title: `${twoDigits(step.number)} ${step.title}`,
    description: step.summary,
    where: `<span class="where">${part ? `<span class="part">${escapeHtml(part)}</span> ` : ""}<span>${position}</span></span>`,
    previous: previous && lessonAddress(previous),
    next: next && lessonAddress(next),
    lesson: true,
    body,
  });
}

/** So many checks stand open; more would hide the files and the way on. */
const SHOWN_CHECKS = 12;

interface Section {
  id: string;
  title: string;
  html: string;
}

/** The place of the lab. What stands inside shows until it comes up, and where there is no JavaScript. */
function labSection({ step, hasFile }: LessonPage): string {
  const attributes = [
    `step="${step.slug}"`,
    `number="${step.number}"`,
    hasFile("client.html") && "has-client-page",
    hasFile("client.ts") && "has-client",
  ].filter(Boolean);
  const page = hasFile("client.html") ? `, and <a href="client.html">its page</a> talks to it` : "";
  return `<section class="lab" id="lab" aria-labelledby="lab-title">
<h2 id="lab-title">Run it here</h2>
<ws-lab ${attributes.join(" ")}><p>In a terminal, <code>npm run step ${step.number}</code> starts this step's server${page}.</p></ws-lab>
</section>`;
}

function changesSection(previous: Step | undefined, changes: string): Section {
  const title = previous ? `The change from step ${twoDigits(previous.number)}` : "The code";
  return { id: "changes", title, html: changes && section("changes", title, changes) };
}

function checksSection({ step, checks, steps }: LessonPage): Section {
  const title = "The checks of this step";
  if (checks.length === 0) return { id: "checks", title, html: "" };
  const items = checks.map(({ title, proves, retiredBy }) => {
    const retiring = steps.find(({ slug }) => slug === retiredBy);
    const end = retiring ? ` <span class="quiet">(until <a href="${toLesson(step, retiring)}">step ${twoDigits(retiring.number)}</a> ends it on purpose)</span>` : "";
    const rules = proves.map((id) => `<a href="${linkBetween(lessonAddress(step), requirementsAddress)}#${id}">${id}</a>`);
    return `<li>${renderInline(title)}${end} <span class="rules">${rules.join(" ")}</span></li>`;
  });
  const own = `npm run check ${step.number} -- npx tsx my-server.ts`;
  const intro = `<p>They talk TCP to whatever server they are given: <code>npm run check ${step.number}</code> tries this step's, <code>${own}</code> yours, in any language. Behind each stands <a href="${linkBetween(lessonAddress(step), requirementsAddress)}">the rule</a> that it proves.</p>`;
  const list = `<ul>\n${items.join("\n")}\n</ul>`;
  const shown = items.length <= SHOWN_CHECKS ? list : `<details><summary>All ${items.length} checks</summary>\n${list}\n</details>`;
  return { id: "checks", title, html: section("checks", title, `${intro}\n${shown}`) };
}

function filesSection({ step, files }: LessonPage): Section {
  const title = "The files of this step";
  const groups = new Map<string, string[]>();
  for (const { name, address } of files) {
    const folder = name.includes("/") ? name.slice(0, name.indexOf("/") + 1) : "";
    const href = escapeHtml(linkBetween(lessonAddress(step), address));
    const item = `<li><a href="${href}">${escapeHtml(name.slice(folder.length))}</a></li>`;
    groups.set(folder, [...(groups.get(folder) ?? []), item]);
  }
  const lists = [...groups].map(
    ([folder, items]) => `${folder && `<h3>${escapeHtml(folder)}</h3>\n`}<ul>\n${items.join("\n")}\n</ul>`,
  );
  // Links to a folder of the step come here, even if there is nothing to list.
  return { id: "files", title, html: section("files", title, lists.join("\n")) };
}

function section(id: string, title: string, content: string): string {
  return `<section class="${id} after" id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${title}</h2>\n${content}\n</section>`;
}

function neighbour(from: Address, step: Step, label: string, rel: "prev" | "next"): string {
  const href = linkBetween(from, lessonAddress(step));
  return (
    `<a class="${rel}" rel="${rel}" href="${href}"><span class="quiet">${label}</span> ` +
    `<span>${twoDigits(step.number)} ${renderInline(step.title)}</span></a>`
  );
}

const toLesson = (from: Step, to: Step): string => linkBetween(lessonAddress(from), lessonAddress(to));
