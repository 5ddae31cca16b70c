import { escapeHtml } from "../lib/html.ts";
import type { Figures, Row, WorkloadResult } from "./results.ts";
import { kibibytes, microseconds } from "./table.ts";

/** Bars, a line for each peer: SVG that takes its colours from the page and scales with it. */

const WIDTH = 560;
const LINE = 26;
const BAR = 14;
const NAMES = 176;
/** Behind the longest bar, its number needs room. */
const NUMBERS = 84;

interface Line {
  title: string;
  kind: "ours" | "bare" | "other";
  value: number | null;
  /** The number, or why there is none. */
  label: string;
}

/** What the bars of a workload show, in words. */
export function measureOf({ unit }: Pick<WorkloadResult, "unit">): string {
  if (unit === "connection") return "Memory of the server for each connection";
  return `CPU time of the server for each ${unit === "byte" ? "message" : unit}`;
}

/** The picture of one workload; its table says the same in text. */
export function drawChart(result: WorkloadResult): string {
  const id = `chart-${result.name}`;
  const lines = result.rows.map((row) => lineOf(row, result));
  const most = Math.max(...lines.map(({ value }) => value ?? 0));
  const length = (value: number): number => Math.max(1.5, (value / (most || 1)) * (WIDTH - NAMES - NUMBERS));
  const drawn = lines.map(({ title, kind, value, label }, index) => {
    const top = index * LINE + (LINE - BAR) / 2;
    const middle = round(index * LINE + LINE / 2);
    const bar = value === null ? "" : `<rect class="${kind}" x="${NAMES}" y="${round(top)}" width="${round(length(value))}" height="${BAR}" rx="2"/>`;
    const labelled = NAMES + (value === null ? 0 : length(value) + 8);
    return `<text class="name" x="${NAMES - 10}" y="${middle}">${escapeHtml(title)}</text>${bar}<text class="${value === null ? "none" : "number"}" x="${round(labelled)}" y="${middle}">${escapeHtml(label)}</text>`;
  });
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${lines.length * LINE}" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">${escapeHtml(`${measureOf(result)}: ${result.title}`)}</title>
<desc id="${id}-text">${escapeHtml(lines.map(({ title, label }) => `${title}: ${label}`).join("; "))}.</desc>
${drawn.join("\n")}
</svg>`;
}

function lineOf({ peer, title, figures, problem, lacks }: Row, { unit }: WorkloadResult): Line {
  const kind = peer === "yours" || peer.startsWith("step-") ? "ours" : peer.startsWith("bare-") ? "bare" : "other";
  if (!figures) return { title, kind, value: null, label: problem === undefined ? "cannot do this" : "failed" };
  const value = valueOf(figures, unit);
  const label = unit === "connection" ? kibibytes(value) : microseconds(value);
  return { title, kind, value: value === null ? null : Math.max(0, value), label: value === null ? "not known" : label };
}

function valueOf({ cpu, rss }: Figures, unit: WorkloadResult["unit"]): number | null {
  return unit === "connection" ? rss : cpu;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
