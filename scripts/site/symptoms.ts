import { slugify } from "../lessons/lesson.ts";
import { escapeHtml } from "../lib/html.ts";
import type { Step } from "../lib/steps.ts";
import { renderInline } from "./markdown.ts";
import { symptomGroups, symptoms, type Symptom } from "./symptom-list.ts";
import type { Voice, Wording } from "./symptoms-match.ts";

/** Where each of them prints its messages. */
const PLACES: Record<Voice, string> = {
  Chromium: "Chromium's console",
  Firefox: "Firefox's console",
  CloseEvent: "The page's CloseEvent",
  Node: "Node: http, net, its own WebSocket",
  ws: "The package ws",
  curl: "curl",
};

/**
 * The body of `symptoms/index.html`: every message, by where it is printed, and every cause with the
 * step that explains it. A script adds the search. Steps that do not exist get no link.
 */
export function renderSymptoms(steps: Step[]): string {
  const groups = symptomGroups.map(
    ({ title, symptoms }) =>
      `<section>\n<h2>${escapeHtml(title)}</h2>\n${symptoms.map((symptom) => renderSymptom(symptom, steps)).join("\n")}\n</section>`,
  );
  return `<h1>From symptom to cause</h1>
<p class="lead">A WebSocket that fails says little, and everybody says it differently. These are the messages of Chromium, Firefox, Node, <code>ws</code> and <code>curl</code>, word by word, each with its cause and the step that explains it.</p>
<div id="symptom-search"></div>
<section class="symptom-index" aria-labelledby="by-place">
<h2 id="by-place">The messages, by where they are printed</h2>
${(Object.keys(PLACES) as Voice[]).map(renderPlace).join("\n")}
</section>
${groups.join("\n")}
`;
}

function renderSymptom(symptom: Symptom, steps: Step[]): string {
  const { id, title, says, cause } = symptom;
  return `<article class="symptom" id="${id}">
<h3><a href="#${id}">${escapeHtml(title)}</a></h3>
<dl>${saysByVoice(says)}</dl>
<p class="cause">${renderInline(cause)}</p>
${renderWay(symptom, steps)}
</article>`;
}

function renderWay({ step: slug, section }: Symptom, steps: Step[]): string {
  const step = steps.find((each) => each.slug === slug);
  if (!step) return "";
  const address = `../steps/${slug}/index.html#${slugify(section)}`;
  const number = String(step.number).padStart(2, "0");
  return `<p><a href="${address}">Step ${number}, ${renderInline(step.title)}: ${escapeHtml(section)}</a></p>`;
}

function saysByVoice(says: readonly Wording[]): string {
  return (Object.keys(PLACES) as Voice[])
    .map((voice) => {
      const own = says.filter(({ by }) => by === voice);
      if (own.length === 0) return "";
      return `<dt>${voice}</dt>${own.map(({ text }) => `<dd>${renderWording(text)}</dd>`).join("")}`;
    })
    .join("");
}

/** A message as it is printed; what differs from case to case is a variable. */
function renderWording(text: string): string {
  const escaped = escapeHtml(text).replace(/&lt;(\w+)&gt;/g, "<var>&lt;$1&gt;</var>");
  return `<code>${escaped}</code>`;
}

function renderPlace(voice: Voice): string {
  const byText = new Map<string, Symptom[]>();
  for (const symptom of symptoms) {
    for (const { by, text } of symptom.says) {
      if (by === voice) byText.set(text, [...(byText.get(text) ?? []), symptom]);
    }
  }
  const items = [...byText].map(([text, causes]) => {
    const links = causes.map(({ id, title }) => `<a href="#${id}">${escapeHtml(title)}</a>`);
    return `<li>${renderWording(text)}<br>${links.join(" · ")}</li>`;
  });
  return `<details>
<summary>${escapeHtml(PLACES[voice])}</summary>
<ul>
${items.join("\n")}
</ul>
</details>`;
}
