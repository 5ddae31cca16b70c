import { structuredPatch } from "diff";
import { paint, type Colour } from "../lib/colours.ts";
import { changesBetween, type Change, type Files } from "./files.ts";
import { conflictPassages } from "./merge.ts";
import { isBinary, forDisplay, toText } from "./text.ts";
import type { PlannedStep } from "./walk.ts";

const COLOURS: Partial<Record<string, Colour>> = { "+": "green", "-": "red", "@": "cyan" };

/** What happens to the files of one step: a line each, or the diffs themselves. */
export function describePlan(plan: PlannedStep, diffs: boolean): string {
  const { step, before, after, conflicts, notes } = plan;
  const marked = new Set(conflicts.map(({ file }) => file));
  const lines = [paint("bold", step.name)];
  for (const change of changesBetween(before, after)) {
    const name = change.kind === "deleted" ? change.from : change.to;
    if (marked.has(name)) continue;
    lines.push(`  ${describeChange(change, before, after)}`);
    if (diffs) lines.push(...patchLines(change, before, after).map((line) => `    ${colour(line)}`));
  }
  for (const { file, text } of notes) lines.push(`  ${file}: ${text}`);
  for (const file of marked) lines.push(paint("red", `  ${file}  conflict`));
  if (lines.length === 1) lines.push("  nothing to do");
  return lines.join("\n");
}

/** One line about one difference: the name, what happened, how many lines came and went. */
export function describeChange(change: Change, before: Files, after: Files): string {
  if (change.kind === "deleted") return `${change.from}  deleted`;
  const renamed = change.kind === "modified" && change.from !== change.to;
  const name = renamed ? `${change.from} => ${change.to}` : change.to;
  const lines = patchLines(change, before, after);
  const count = (sign: string): number => lines.filter((line) => line.startsWith(sign)).length;
  const [added, removed] = [count("+"), count("-")];
  const counts = [added && paint("green", `+${added}`), removed && paint("red", `-${removed}`)];
  return [`${name} `, change.kind === "added" && "new", ...counts].filter(Boolean).join(" ");
}

function patchLines(change: Change, before: Files, after: Files): string[] {
  const [from, to] = [
    change.kind === "added" ? undefined : before.get(change.from),
    change.kind === "deleted" ? undefined : after.get(change.to),
  ];
  const [old, now] = [from, to].map((file) => {
    if (!file) return "";
    if (isBinary(file.data)) return `(binary, ${file.data.length} bytes)\n`;
    return forDisplay(toText(file.data));
  });
  return structuredPatch("", "", old ?? "", now ?? "", "", "", { context: 2 }).hunks.flatMap(
    ({ oldStart, newStart, lines }) => [`@@ -${oldStart} +${newStart} @@`, ...lines],
  );
}

function colour(line: string): string {
  const name = COLOURS[line[0] ?? ""];
  return name ? paint(name, line) : line;
}

/** Every conflict of a step: file and line, then what each side has there. */
export function describeConflicts({ step, labels, conflicts }: PlannedStep): string {
  const blocks = conflicts.flatMap(({ file, reason, marked }) => {
    const path = `steps/${step.name}/${file}`;
    if (marked === undefined) return [paint("bold", `${path}: ${reason}`)];
    return conflictPassages(marked, labels).map(({ line, current, base, edited }) =>
      [
        paint("bold", `${path}:${line}`),
        ...side(labels.current, current, "green"),
        ...side(labels.base, base),
        ...side(labels.edited, edited, "red"),
      ].join("\n"),
    );
  });
  return blocks.join("\n\n");
}

function side(label: string, lines: string[], colour?: Colour): string[] {
  const shown = lines.length === 0 ? ["(nothing)"] : lines.map((line) => `| ${forDisplay(line)}`);
  return [`  ${label}`, ...shown.map((line) => `    ${colour ? paint(colour, line) : line}`)];
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
