import type { FrameEntry, FrameProblem, HandshakeProblem, HeadEntry, RawEntry, WireEntry } from "../../scripts/lab/messages.ts";
import { bytesOf, DIRECTIONS, eventSentence, headLines, hexdump, summarise } from "./lab-describe.ts";
import { plural } from "./frame-fields.ts";
import { h, siteRoot } from "./lab-dom.ts";
import type { WsFrame } from "./ws-frame.ts";

/** How many colours connections have before they repeat. */
const COLOURS = 5;
/** How many lines of a head are looked at; and how many of those that matter stand in a row. */
const MOST_LINES = 500;
const MOST_ROW_LINES = 20;

/** Lessons before frames are taught: what is no frame breaks no rule there. */
const BEFORE_FRAMES = new Set(["upgrade-listener", "switching-protocols", "accept-key", "refusals"]);
const NO_FRAME_YET = "These bytes are no frame: they come as they were written. Frames begin in step 05.";

/** The problem of an entry, as far as the lesson with this slug has come. */
export function problemOf(entry: WireEntry, slug: string): FrameProblem | HandshakeProblem | undefined {
  if (entry.kind === "raw" && BEFORE_FRAMES.has(slug)) return undefined;
  return "problem" in entry ? entry.problem : undefined;
}

function reasonOf(entry: RawEntry, slug: string): string {
  return BEFORE_FRAMES.has(slug) && entry.problem ? NO_FRAME_YET : entry.reason;
}

/** The content of an entry's row in this lesson; `seconds` is its time since the first entry. */
export function drawSummary(entry: WireEntry, seconds: number, slug: string): HTMLElement[] {
  const { name, flags, size, preview, marks, complete } = summarise(entry);
  const problem = problemOf(entry, slug);
  const cells = [
    h("span", { class: "wire-time" }, seconds.toFixed(3)),
    h("span", { class: `wire-connection colour-${entry.connection % COLOURS}` }, `#${entry.connection}`),
    drawDirection(entry),
    h("span", { class: "wire-name" }, name),
    h("span", { class: "wire-preview" }, preview),
  ];
  const notes = [...flags, size].filter((note) => note !== "");
  const remarks = complete ? marks : [...marks, "not yet complete"];
  if (notes.length > 0) cells.push(h("span", { class: "wire-notes" }, notes.join(" · ")));
  if (remarks.length > 0) cells.push(h("span", { class: "wire-marks" }, remarks.join(" · ")));
  if (entry.kind === "raw") cells.push(h("span", { class: "wire-reason" }, reasonOf(entry, slug)));
  if (problem) cells.push(h("span", { class: "wire-problem" }, `${"code" in problem ? `${problem.code}: ` : ""}${problem.sentence}`));
  if (entry.kind === "head") cells.push(drawLinesThatMatter(entry));
  return cells;
}

function drawDirection(entry: WireEntry): HTMLElement {
  if (entry.kind === "event") return h("span", { class: "wire-arrow" }, h("span", { "aria-hidden": "true" }, "·"));
  const { arrow, words } = DIRECTIONS[entry.direction];
  return h(
    "span",
    { class: `wire-arrow ${entry.direction}`, title: words },
    h("span", { "aria-hidden": "true" }, arrow),
    h("span", { class: "unseen" }, words),
  );
}

/** The lines of a head that make it a handshake, without the first one, which the row shows. */
function drawLinesThatMatter(entry: HeadEntry): HTMLElement {
  const lines = headLines(entry, MOST_LINES).slice(1).filter(({ matters }) => matters);
  return h("span", { class: "wire-lines" }, ...lines.slice(0, MOST_ROW_LINES).map(({ text }) => h("span", {}, text)));
}

/** Everything that is known of an entry, as far as the lesson has come. */
export function drawDetail(entry: WireEntry, slug: string): HTMLElement {
  const parts = drawContent(entry, slug);
  const problem = problemOf(entry, slug);
  if (problem) parts.unshift(drawProblem(problem));
  return h("div", { class: "wire-detail" }, ...parts);
}

function drawContent(entry: WireEntry, slug: string): HTMLElement[] {
  switch (entry.kind) {
    case "event":
      return [paragraph(`${eventSentence(entry)} ${clock(entry)}`)];
    case "head":
      return drawHead(entry);
    case "frame":
      return drawFrame(entry);
    case "raw":
      return drawRaw(entry, slug);
  }
}

function drawHead(entry: HeadEntry): HTMLElement[] {
  const found = headLines(entry, MOST_LINES + 1);
  const lines = found.slice(0, MOST_LINES).map(({ text, matters }) => h("span", { class: matters ? "matters" : "" }, `${text}\n`));
  if (found.length > MOST_LINES) lines.push(h("span", {}, "… and more lines"));
  return [h("pre", { tabindex: "0" }, ...lines), paragraph(about(entry))];
}

function drawFrame(entry: FrameEntry): HTMLElement[] {
  const drawing = document.createElement("ws-frame") as WsFrame;
  drawing.options = {
    from: DIRECTIONS[entry.direction].from,
    extensions: entry.extensions,
    cuts: entry.cuts,
    size: entry.size,
  };
  drawing.bytes = bytesOf(entry);
  return [drawing, paragraph(about(entry))];
}

function drawRaw(entry: RawEntry, slug: string): HTMLElement[] {
  return [paragraph(reasonOf(entry, slug)), h("pre", { tabindex: "0" }, hexdump(bytesOf(entry))), paragraph(about(entry))];
}

function drawProblem(problem: FrameProblem | HandshakeProblem): HTMLElement {
  const beginning = "code" in problem ? `A strict receiver closes with ${problem.code}: ` : "";
  const rule = `${beginning}${problem.sentence} RFC 6455, section ${problem.section}. `;
  const lesson = h("a", { href: `${siteRoot()}steps/${encodeURIComponent(problem.step)}/index.html` }, "The step that teaches it");
  return h("p", { class: "wire-rule" }, rule, lesson, ".");
}

/** When it came, how large it is, and in which chunks. */
function about(entry: HeadEntry | FrameEntry | RawEntry): string {
  const kept = bytesOf(entry).length;
  const size = kept < entry.size ? `${plural(entry.size, "byte")}, of which the first ${kept.toLocaleString("en")} are kept` : plural(entry.size, "byte");
  return `${clock(entry)} ${size}. ${chunks(entry)}`;
}

function chunks({ cuts }: { cuts: number[] }): string {
  const shares = cuts.includes(0) ? "" : "It begins inside a chunk, behind what came before. ";
  const inside = cuts.filter((cut) => cut > 0);
  if (inside.length === 0) return shares || "It came in a chunk that begins with it.";
  const shown = inside.slice(0, 8).map((cut) => cut.toLocaleString("en"));
  const more = inside.length > shown.length ? " and more" : "";
  return `${shares}A chunk begins at ${inside.length === 1 ? "byte" : "bytes"} ${shown.join(", ")}${more}.`;
}

function clock({ time, connection }: WireEntry): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
  return `Connection #${connection}, ${clock}.`;
}

function paragraph(text: string): HTMLElement {
  return h("p", { class: "wire-about" }, text);
}
