import { escapeHtml } from "../lib/html.ts";
import type { Step } from "../lib/steps.ts";
import { DOORS, renderPage } from "./layout.ts";
import { renderInline } from "./markdown.ts";
import {
  changesAddress,
  lessonAddress,
  linkBetween,
  notFoundAddress,
  playgroundAddress,
  practiceAddress,
  symptomsAddress,
  twoDigits,
} from "./pages.ts";
import { renderPlayground } from "./playground.ts";
import { renderSymptoms } from "./symptoms.ts";

/** Pages whose content comes from elsewhere; here they get their frame. */

/** The whole difference between a step and the one before it; `content` is HTML. */
export function changesPage(step: Step, previous: Step | undefined, content: string): string {
  const address = changesAddress(step);
  const number = twoDigits(step.number);
  const heading = previous ? `From step ${twoDigits(previous.number)} to step ${number}` : `The code of step ${number}`;
  const body = `<main class="page wide changes" id="main">
<p class="eyebrow"><a href="${linkBetween(address, lessonAddress(step))}">Step ${number}: ${renderInline(step.title)}</a></p>
<h1>${heading}</h1>
${content}
</main>`;
  return renderPage({ address, title: heading, description: `What step ${number}, ${step.title}, changes in the code.`, lesson: true, body });
}

/** The guide to `npm run practice`; `content` is HTML. */
export function practicePage(content: string): string {
  return renderPage({
    address: practiceAddress,
    title: "Practice",
    description: "Write the server yourself: your own copy, checked at every save, with hints when you are stuck.",
    body: `<main class="page" id="main">\n<h1>Practice: write the server yourself</h1>\n${content}</main>`,
  });
}

export function playgroundPage(): string {
  return renderPage({
    address: playgroundAddress,
    title: "Playground",
    description: "Compose a WebSocket frame and see its bytes, or paste hex and see what it says and what a strict server answers.",
    body: `<main class="page wide" id="main">\n${withTitle("Playground", renderPlayground())}\n</main>`,
    scripts: ["playground.js"],
  });
}

export function symptomsPage(steps: Step[]): string {
  return renderPage({
    address: symptomsAddress,
    title: "From symptom to cause",
    description: "Paste a WebSocket error message as the browser, Node or curl prints it, and find its cause.",
    body: `<main class="page wide" id="main">\n${withTitle("From symptom to cause", renderSymptoms(steps))}\n</main>`,
    scripts: ["symptoms.js"],
  });
}

/** The body of a page has its own heading, or gets one. */
function withTitle(title: string, body: string): string {
  const content = body.replace(/<(\/?)main\b/g, "<$1div");
  return content.includes("<h1") ? content : `<h1>${title}</h1>\n${content}`;
}

/**
 * What a host shows for an address that does not exist. It can stand in for an address of any depth,
 * so that its links begin at `base`, the site's place on the host.
 */
export function notFoundPage(base: string): string {
  const body = `<main class="page" id="main">
<h1>There is no such page</h1>
<p class="lead">Perhaps a step or a file has been renamed. The map of the course leads everywhere.</p>
<p><a class="button" href="index.html">To the map of the course</a></p>
<ul>${DOORS.map(({ address, name }) => `<li><a href="${address}">${name}</a></li>`).join("")}</ul>
</main>`;
  const page = renderPage({ address: notFoundAddress, title: "There is no such page", description: "", body });
  // With a base, the skip link would lead to the front page; there is little to skip.
  return page
    .replace("<head>\n", `<head>\n<base href="${escapeHtml(base)}">\n`)
    .replace(/<a class="skip".*\n/, "");
}
