import type { TaskResult } from "./in-process.ts";
import type { Figures, Results, Row, WorkloadResult } from "./results.ts";
import { bytes, IDLE_ROUNDS } from "./workloads.ts";

/** A column of a workload's table. */
export interface Column {
  head: string;
  cell: (figures: Figures) => string;
}

/** The columns that say something about a workload. */
export function columnsOf({ unit }: Pick<WorkloadResult, "unit">): Column[] {
  if (unit === "connection") {
    return [
      { head: "memory for each", cell: ({ rss }) => kibibytes(rss) },
      { head: "heap and buffers", cell: ({ heap }) => kibibytes(heap) },
    ];
  }
  const throughput: Column =
    unit === "byte"
      ? { head: "MB/s", cell: ({ bytesPerSecond }) => whole(bytesPerSecond === null ? null : bytesPerSecond / 1e6) }
      : { head: `${unit === "delivery" ? "deliveries" : `${unit}s`}/s`, cell: ({ perSecond }) => whole(perSecond) };
  return [
    { head: "server CPU", cell: ({ cpu }) => microseconds(cpu) },
    { head: "to ws", cell: ({ cpuToWs }) => (cpuToWs === null ? "–" : cpuToWs.toFixed(cpuToWs < 0.1 ? 3 : 2)) },
    throughput,
    { head: "p50", cell: ({ p50 }) => milliseconds(p50) },
    { head: "p99", cell: ({ p99 }) => milliseconds(p99) },
    { head: "server", cell: ({ serverShare }) => percent(serverShare) },
    { head: "load", cell: (figures) => percent(figures.loadShare) + (isLimitedByLoad(figures) ? "*" : "") },
  ];
}

/** Whether the load generator had more to do than the server, so that the server could have done more. */
export function isLimitedByLoad({ loadShare, serverShare }: Figures): boolean {
  return loadShare !== null && serverShare !== null && loadShare > serverShare;
}

/** The table of one workload, as text. */
export function formatWorkload(result: WorkloadResult): string {
  const columns = columnsOf(result);
  const head = ["", ...columns.map((column) => column.head)];
  const lines = [head, ...result.rows.map((row) => cellsOf(row, columns))];
  const widths = head.map((_, column) => Math.max(...lines.filter((line) => line.length > 2).map((line) => line[column]?.length ?? 0)));
  const nameWidth = Math.max(...lines.map(([name = ""]) => name.length));
  const formatted = lines.map(([name = "", ...cells]) => {
    const rest = cells.length === 1 ? cells : cells.map((cell, column) => cell.padStart(widths[column + 1] ?? 0));
    return `  ${name.padEnd(nameWidth)}  ${rest.join("  ")}`.trimEnd();
  });
  return [`${result.title} (${result.details})`, ...formatted].join("\n");
}

function cellsOf({ title, figures, problem, lacks }: Row, columns: Column[]): string[] {
  if (figures) return [title, ...columns.map(({ cell }) => cell(figures))];
  return [title, problem === undefined ? `– ${lacks}` : `✖ ${problem}`];
}

/** The table of one part that was measured without sockets. */
export function formatTask({ title, sizes, rows }: TaskResult): string {
  const lines = [
    ["", ...sizes.map(bytes)],
    ...rows.map(({ title, nanoseconds, lacks }) => [
      title,
      ...nanoseconds.map((each, index) => (each === null ? "–" : speed(each, sizes[index] ?? 0))),
      ...(lacks === undefined ? [] : [lacks]),
    ]),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const formatted = lines.map((line) =>
    `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")}`.trimEnd(),
  );
  return [title, ...formatted].join("\n");
}

/** What one frame of this size costs, and how many bytes that makes. */
export function speed(nanoseconds: number, size: number): string {
  return `${significant(nanoseconds)} ns ${significant(size / nanoseconds)} GB/s`;
}

/** Where the figures come from, in sentences. */
export function circumstances({ machine, date, missing }: Results): string[] {
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}, ${date.slice(0, 10)}.`,
    machine.pinning,
    ...missing.map(({ name, reason }) => `${name} is missing: ${reason}.`),
  ];
}

/** How the servers are measured. */
export function method({ rounds, milliseconds }: Pick<Results, "rounds" | "milliseconds">): string {
  const times = rounds === 1 ? "One round" : `Medians of ${rounds} interleaved rounds`;
  const forMemory = rounds > IDLE_ROUNDS ? `, of ${IDLE_ROUNDS} for memory` : "";
  return `${times} of ${milliseconds / 1000} s each${forMemory}; every echo is checked.`;
}

/** What one has to know to read the tables, a sentence each. */
export function footnotes({ workloads }: Pick<Results, "workloads">): string[] {
  const rows = workloads.flatMap(({ rows }) => rows);
  const figures = rows.flatMap(({ figures }) => figures ?? []);
  const timed = figures.filter(({ p50 }) => p50 !== null);
  const hasOwn = rows.some(({ peer }) => peer === "yours");
  return [
    "Server CPU: what the server's process takes for each message, delivery or handshake, the kernel's work for it included.",
    "p50 and p99: until all that is in flight on a connection is back, or until the 101 is. server, load: how much of a core each of the two uses.",
    ...(figures.some(isLimitedByLoad)
      ? ["*: the load generator had more to do than the server, which can do more in a second than it shows here. Its CPU time holds."]
      : []),
    ...(hasOwn ? ["What yours logs is part of its time."] : []),
    ...(timed.some(({ cpu }) => cpu === null) ? ["–: this system does not tell the CPU time of a foreign process."] : []),
  ];
}

export function microseconds(value: number | null): string {
  return value === null ? "–" : `${significant(value)} µs`;
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : `${significant(value)} ms`;
}

export function kibibytes(value: number | null): string {
  return value === null ? "–" : `${significant(value / 1024)} KiB`;
}

function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 100)}%`;
}

function whole(value: number | null): string {
  return value === null ? "–" : Math.round(value).toLocaleString("en");
}

/** Three digits that count: more would be noise. */
function significant(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(Math.abs(value) < 1 ? 2 : 3);
}
