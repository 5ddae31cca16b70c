import type { FrameEntry, FrameProblem, HeadEntry, RawEntry, WireEntry } from "../../scripts/lab/messages.ts";
import { bytesOf, count, DIRECTIONS, eventSentence, headLines, hexdump, summarise } from "./lab-describe.ts";
import { h, siteRoot } from "./lab-dom.ts";
import type { WsFrame } from "./ws-frame.ts";

/** How many colours connections have before they repeat. */
const COLOURS = 5;

/** The content of an entry's row; `seconds` is its time since its connection began. */
export function drawSummary(entry: WireEntry, seconds: number): HTMLElement[] {
  const { name, flags, size, preview, marks, complete } = summarise(entry);
  const problem = "problem" in entry ? entry.problem : undefined;
  const cells = [
    h("span", { class: "wire-time" }, seconds.toFixed(3)),
    h("span", { class: `wire-connection colour-${entry.connection % COLOURS}` }, `#${entry.connection}`),
    drawDirection(entry),
    h("span", { class: "wire-name" }, name),
    h("span", { class: "wire-preview" }, preview),
  ];
  const notes = [...flags, size, ...marks].filter((note) => note !== "");
  if (!complete) notes.push("not yet complete");
  if (notes.length > 0) cells.push(h("span", { class: "wire-notes" }, notes.join(" · ")));
  if (entry.kind === "raw") cells.push(h("span", { class: "wire-reason" }, entry.reason));
  if (problem) cells.push(h("span", { class: "wire-problem" }, `${problem.code}: ${problem.sentence}`));
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
  const lines = headLines(entry).slice(1).filter(({ matters }) => matters);
  return h("span", { class: "wire-lines" }, ...lines.map(({ text }) => h("span", {}, text)));
}

/** Everything that is known of an entry. */
export function drawDetail(entry: WireEntry): HTMLElement {
  const parts = drawContent(entry);
  if ("problem" in entry && entry.problem) parts.unshift(drawProblem(entry.problem));
  return h("div", { class: "wire-detail" }, ...parts);
}

function drawContent(entry: WireEntry): HTMLElement[] {
  switch (entry.kind) {
    case "event":
      return [paragraph(`${eventSentence(entry)} ${clock(entry)}`)];
    case "head":
      return drawHead(entry);
    case "frame":
      return drawFrame(entry);
    case "raw":
      return drawRaw(entry);
  }
}

function drawHead(entry: HeadEntry): HTMLElement[] {
  const lines = headLines(entry).map(({ text, matters }) => h("span", { class: matters ? "matters" : "" }, `${text}\n`));
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

function drawRaw(entry: RawEntry): HTMLElement[] {
  return [paragraph(entry.reason), h("pre", { tabindex: "0" }, hexdump(bytesOf(entry))), paragraph(about(entry))];
}

function drawProblem({ code, sentence, section, step }: FrameProblem): HTMLElement {
  const rule = `A strict receiver closes with ${code}: ${sentence} RFC 6455, section ${section}. `;
  const lesson = h("a", { href: `${siteRoot()}steps/${encodeURIComponent(step)}/index.html` }, "The step that teaches it");
  return h("p", { class: "wire-rule" }, rule, lesson, ".");
}

/** When it came, how large it is, and in which chunks. */
function about(entry: HeadEntry | FrameEntry | RawEntry): string {
  const kept = bytesOf(entry).length;
  const size = kept < entry.size ? `${count(entry.size, "byte")}, of which the first ${kept.toLocaleString("en")} are kept` : count(entry.size, "byte");
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
