import type { Result } from "./run.ts";

/** One scenario and what came of it, for each server in the order of the columns. */
export interface TableRow {
  name: string;
  title: string;
  results: Result[];
}

export interface TableOptions {
  columns: string[];
  markdown?: boolean;
}

export const FAILED = "✖";
export const PASSED = "✔";

/** The table, a row for each thing that was counted; below it the reasons of those that failed. */
export function formatTable(rows: TableRow[], { columns, markdown = false }: TableOptions): string {
  const head = ["Scenario", "Counted", ...columns];
  const body = rows.map((row) => linesOf(row));
  const reasons = rows.flatMap(({ name, results }) =>
    results.flatMap(({ problems }, index) =>
      problems.map((problem) => `${FAILED} ${name}, ${columns[index]}: ${problem}.`),
    ),
  );
  const table = markdown ? markdownTable(head, body.flat()) : plainTable(head, body);
  if (reasons.length === 0) return table;
  const list = markdown ? reasons.map((reason) => `- ${reason}`) : reasons;
  return `${table}\n\n${list.join("\n")}`;
}

function linesOf({ title, results }: TableRow): string[][] {
  const labels = [...new Set(results.flatMap(({ counted }) => counted.map(([label]) => label)))];
  const lines = labels.map((label) => [
    label,
    ...results.map(({ counted }) => counted.find(([other]) => other === label)?.[1] ?? "–"),
  ]);
  const verdict = ["", ...results.map(({ problems }) => (problems.length === 0 ? `${PASSED} passed` : `${FAILED} failed`))];
  return [...lines, verdict].map((line, index) => [index === 0 ? title : "", ...line]);
}

function plainTable(head: string[], groups: string[][][]): string {
  // The title stands above its rows: beside them it would make the table too wide for a terminal.
  const lines = groups.flat().map((line) => line.slice(1));
  const top = head.slice(1);
  const widths = top.map((cell, column) => Math.max(cell.length + 2, ...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (line: string[]): string =>
    line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  const blocks = groups.map((group) => [group[0]?.[0] ?? "", ...group.map((line) => `  ${pad(line.slice(1))}`)]);
  return [`  ${pad(top)}`, ...blocks.flatMap((block) => ["", ...block])].join("\n");
}

function markdownTable(head: string[], lines: string[][]): string {
  const row = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...lines.map(row)].join("\n");
}
