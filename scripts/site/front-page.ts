import { escapeHtml } from "../lib/html.ts";
import type { Step } from "../lib/steps.ts";
import { renderPage } from "./layout.ts";
import { renderInline } from "./markdown.ts";
import {
  commandsAddress,
  frontAddress,
  groupByPart,
  lessonAddress,
  linkBetween,
  PARTS,
  playgroundAddress,
  practiceAddress,
  requirementsAddress,
  symptomsAddress,
  twoDigits,
  type Address,
} from "./pages.ts";
import { readOverview, type Overview } from "./overview.ts";

export interface FrontPage {
  steps: readonly Step[];
  /** The README of the course: the page says what it says. */
  readme: string;
  /** The eye-catcher: a drawn frame, as HTML. */
  frame: string;
}

/** The front page: what it is about, where to begin or go on, the map of the course, the other doors. */
export function frontPage({ steps, readme, frame }: FrontPage): string {
  const overview = readOverview(readme);
  const [first] = steps;
  const begin = first ? `<a class="button" id="begin" href="${toLesson(first)}">Begin with step ${twoDigits(first.number)}</a>` : "";
  const body = `<main class="page front" id="main">
<header class="hero">
<h1>WebSockets from scratch</h1>
<p class="lead">${renderInline(overview.question)}</p>
<p class="promise">${renderInline(overview.promise)}</p>
<p class="actions">${begin} <a href="${to(playgroundAddress)}">Play with a frame first</a></p>
</header>
${frame && `<figure class="eye-catcher">${frame}<figcaption>The message <q>Websockets are great</q>, as a browser sends it. In step 05 you take it apart; here, point at a field.</figcaption></figure>`}
<section class="map" aria-labelledby="map-title">
<div class="map-head"><h2 id="map-title">The course</h2><p class="quiet" id="progress"></p></div>
${renderMap(steps, overview) || "<p>There are no steps yet.</p>"}
</section>
<section class="doors" aria-labelledby="doors-title">
<h2 id="doors-title">Other doors</h2>
<ul>
${door(practiceAddress, "Practice", "Write the server yourself: your own copy of each step, judged at every save, with hints when you are stuck.")}
${door(playgroundAddress, "Playground", "Compose a frame and see its bytes, or paste hex and see what it says, and what a strict server would answer.")}
${door(symptomsAddress, "An error message?", "Paste it as the browser, Node or curl prints it, and find its cause and the step that explains it.")}
${door(requirementsAddress, "Map of requirements", "Every rule of the RFCs that binds a server, the step that meets it, and the checks that prove it.")}
${door(commandsAddress, "Commands", "Run a step, compare two of them, let the checks judge your own server, in any language.")}
</ul>
</section>
<section class="notes" aria-labelledby="notes-title">
<h2 id="notes-title">Before you begin</h2>
${overview.notes.map((note) => `<p>${renderInline(note)}</p>`).join("\n")}
</section>
</main>`;
  const description = overview.promise || "A complete WebSocket server, built one small step at a time.";
  return renderPage({ address: frontAddress, title: "WebSockets from scratch", description, body });
}

function renderMap(steps: readonly Step[], overview: Overview): string {
  const groups = groupByPart(steps).map(({ title, steps }) => ({
    title: title ?? "The steps",
    items: steps.map((step) => stepItem(step, overview.sights.get(step.slug))),
  }));
  const { planned } = overview;
  if (planned !== undefined) {
    const item = `<li><div class="planned"><span class="number">${escapeHtml(planned.numbers)}</span> <span class="sight">${renderInline(planned.text)}</span></div></li>`;
    const next = PARTS.find(({ from, title }) => groups.every((group) => group.title !== title) && !steps.some(({ slug }) => slug === from));
    if (next) groups.push({ title: next.title, items: [item] });
    else groups.at(-1)?.items.push(item);
  }
  return groups
    .map(({ title, items }) => `<section class="part">\n<h3>${escapeHtml(title)}</h3>\n<ol class="path">\n${items.join("\n")}\n</ol>\n</section>`)
    .join("\n");
}

function stepItem(step: Step, sight = ""): string {
  return (
    `<li data-slug="${step.slug}"><a href="${toLesson(step)}"><span class="number">${twoDigits(step.number)}</span> ` +
    `<span class="title">${renderInline(step.title)}</span> <span class="sight">${renderInline(sight || step.summary)}</span></a></li>`
  );
}

function door(address: Address, name: string, text: string): string {
  return `<li><a href="${to(address)}">${name}</a><p>${text}</p></li>`;
}

const to = (address: Address): string => linkBetween(frontAddress, address);
const toLesson = (step: Step): string => to(lessonAddress(step));
