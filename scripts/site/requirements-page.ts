import type { Coverage, MapRow } from "../checks/requirements-map.ts";
import { escapeHtml } from "../lib/html.ts";
import type { Step } from "../lib/steps.ts";
import { renderPage } from "./layout.ts";
import { renderInline } from "./markdown.ts";
import { lessonAddress, linkBetween, requirementsAddress, sourceAddress, twoDigits } from "./pages.ts";

/** The groups of the table, by the letter that their rows begin with. */
const GROUPS: { letter: string; title: string; text: string }[] = [
  { letter: "R", title: "The protocol", text: "What RFC 6455 and RFC 7692 put on a server." },
  { letter: "S", title: "Reliability and security", text: "Ours to decide, and a stranger's to try." },
  { letter: "N", title: "The traps of Node", text: "What a server on <code>node:http</code> and <code>node:zlib</code> has to know." },
  { letter: "C", title: "The course", text: "What its own steps promise." },
];

const STATES: { state: Coverage; name: string }[] = [
  { state: "proven", name: "proven" },
  { state: "missing", name: "not proven yet" },
  { state: "planned", name: "planned" },
  { state: "background", name: "background" },
];

/** The map of requirements: each rule, where it is written, the step that meets it, what proves it. */
export function requirementsPage(rows: readonly MapRow[], steps: readonly Step[]): string {
  const count = (state: Coverage): number => rows.filter(({ coverage }) => coverage === state).length;
  const states = STATES.filter(({ state }) => count(state) > 0);
  const choices = [{ state: "all", name: "all", number: rows.length }, ...states.map((each) => ({ ...each, number: count(each.state) }))];
  // The style sheet filters by these buttons: it works without a script.
  const filter = choices.map(
    ({ state, name, number }) =>
      `<label><input type="radio" name="state" id="show-${state}"${state === "all" ? " checked" : ""}> ${name} <span class="quiet">${number}</span></label>`,
  );
  const groups = GROUPS.map((group) => {
    const own = rows.filter(({ id }) => id.startsWith(group.letter));
    if (own.length === 0) return "";
    return `<section class="requirement-group" aria-labelledby="group-${group.letter}">
<h2 id="group-${group.letter}">${group.title}</h2>
<p class="quiet">${group.text}</p>
<ol class="requirements">
${own.map((row) => item(row, steps)).join("\n")}
</ol>
</section>`;
  });
  const body = `<main class="page wide requirements-page" id="main">
<h1>Map of requirements</h1>
<p class="lead">A complete server has ${rows.length} duties, and each has its place in the course. ${count("proven")} of them are proven by a program today, ${count("planned")} belong to steps that are still to be written.</p>
<fieldset class="filter"><legend>Show</legend>
${filter.join("\n")}
</fieldset>
${groups.filter(Boolean).join("\n")}
</main>`;
  const description = "Every rule of RFC 6455 and RFC 7692 that binds a server, the step that meets it and the checks that prove it.";
  return renderPage({ address: requirementsAddress, title: "Map of requirements", description, body });
}

function item({ id, text, source, step, testedBy, coverage, checks }: MapRow, steps: readonly Step[]): string {
  const name = STATES.find(({ state }) => state === coverage)?.name ?? coverage;
  const proofs = checks.map((check) => `<li>${stepLink(check.step, steps, "#checks")} ${renderInline(check.title)}</li>`);
  if (testedBy !== undefined) proofs.push(`<li>${testLink(testedBy, steps)}</li>`);
  const proof = proofs.length === 0 ? "" : `<details><summary>${proofs.length === 1 ? "1 check" : `${proofs.length} checks`}</summary><ul>${proofs.join("")}</ul></details>`;
  const where = step === undefined ? "" : ` · ${stepLink(step, steps)}`;
  return `<li id="${id}" data-state="${coverage}"><span class="id">${id}</span><div><p>${renderInline(text)}</p>
<p class="quiet source-of">${linkSections(source)}${where} · <span class="state">${name}</span></p>${proof}</div></li>`;
}

/** `RFC 6455, sections 4.2.2 and 4.4` as HTML, with a link for each section. */
function linkSections(source: string): string {
  return escapeHtml(source).replace(/RFC (\d+), sections? [\d., and]*\d/g, (places, rfc: string) =>
    places.replace(/(?<=sections? .*)\d+(?:\.\d+)*/g, (section) => `<a href="https://www.rfc-editor.org/rfc/rfc${rfc}#section-${section}">${section}</a>`),
  );
}

function stepLink(slug: string, steps: readonly Step[], anchor = ""): string {
  const step = steps.find((each) => each.slug === slug);
  if (step === undefined) return escapeHtml(slug);
  const href = linkBetween(requirementsAddress, lessonAddress(step));
  return `<a href="${href}${anchor}">${twoDigits(step.number)} ${renderInline(step.title)}</a>`;
}

function testLink(test: string, steps: readonly Step[]): string {
  const [slug, file = ""] = test.split("/");
  const step = steps.find((each) => each.slug === slug);
  if (step === undefined) return escapeHtml(test);
  return `<a href="${linkBetween(requirementsAddress, sourceAddress(step, file))}">${escapeHtml(test)}</a>`;
}
