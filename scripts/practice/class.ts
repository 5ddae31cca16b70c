import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CourseStep } from "../checks/course.ts";
import { UsageError } from "../lib/cli.ts";
import { paint } from "../lib/colours.ts";
import { findStep } from "../lib/steps.ts";
import { commandProgram, typescriptProgram, type Program } from "./program.ts";
import { isPassed, runSuite, type SuiteResult } from "./suite.ts";

/** What a learner has handed in. */
export type Submission = { name: string; folder: string; step: CourseStep | undefined; command: string | undefined; problem?: string };

/** A row of the table. */
export type ClassRow = { name: string; step: string | undefined; result: SuiteResult };

export type ClassFormat = "table" | "csv" | "json";

/** What runs if a submission does not say: its main file decides. */
const USUAL_COMMANDS: [file: string, command: string][] = [
  ["server.py", process.platform === "win32" ? "python server.py" : "python3 server.py"],
  ["go.mod", "go run ."],
  ["main.go", "go run main.go"],
  ["Cargo.toml", "cargo run --quiet"],
  ["server.rb", "ruby server.rb"],
];

/** The submissions in a folder: each of its folders is one, by name. */
export function listSubmissions(folder: string, course: readonly CourseStep[], step: CourseStep | undefined): Submission[] {
  if (!existsSync(folder)) throw new UsageError(`There is no folder ${folder}.`);
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) throw new UsageError(`There are no submissions in ${folder}: each has to be a folder of its own.`);
  return names.map((name) => readSubmission(name, join(folder, name), course, step));
}

/** `practice.json` says what is handed in; a copied practice folder says it in `progress.json`. */
function readSubmission(name: string, folder: string, course: readonly CourseStep[], step: CourseStep | undefined): Submission {
  const submission: Submission = { name, folder, step, command: undefined };
  for (const file of ["practice.json", "progress.json"]) {
    const path = join(folder, file);
    if (!existsSync(path)) continue;
    try {
      const said = JSON.parse(readFileSync(path, "utf8")) as { step?: unknown; command?: unknown };
      if (typeof said.command === "string") submission.command ??= said.command;
      if (said.step !== undefined) submission.step ??= findIn(course, String(said.step));
    } catch (error) {
      submission.problem = `${file} cannot be read: ${error instanceof Error ? error.message : error}`;
    }
  }
  const hasServer = ["server.ts", "server.mts", "server.js", "server.mjs"].some((file) => existsSync(join(folder, file)));
  if (!hasServer) submission.command ??= USUAL_COMMANDS.find(([file]) => existsSync(join(folder, file)))?.[1];
  if (submission.step === undefined) submission.problem ??= "It does not say which step it is: give --step, or practice.json.";
  return submission;
}

function findIn(course: readonly CourseStep[], name: string): CourseStep {
  const { slug } = findStep(name, [...course]);
  return course.find((step) => step.slug === slug)!;
}

/** Runs submissions one after the other; `onRow` hears of each that is done. */
export async function runClass(
  submissions: readonly Submission[],
  { course, limit, onRow = () => {} }: { course: readonly CourseStep[]; limit: number; onRow?: (row: ClassRow) => void },
): Promise<ClassRow[]> {
  const rows: ClassRow[] = [];
  for (const submission of submissions) {
    const row = { name: submission.name, step: submission.step?.slug, result: await runSubmission(submission, course, limit) };
    rows.push(row);
    onRow(row);
  }
  return rows;
}

async function runSubmission({ folder, step, command, problem }: Submission, course: readonly CourseStep[], limit: number): Promise<SuiteResult> {
  if (problem !== undefined || step === undefined) return { steps: [], problem: problem ?? "" };
  let program: Program | undefined;
  try {
    program = command === undefined ? typescriptProgram(folder) : commandProgram(command);
    return await runSuite({ course, upTo: step, program, cwd: folder, limit });
  } catch (error) {
    // One that breaks in a way nobody foresaw must not take the others' results away.
    return { steps: [], problem: error instanceof Error ? error.message : String(error) };
  } finally {
    await program?.close();
  }
}

/** Whether everybody has passed. */
export function hasPassed(rows: readonly ClassRow[]): boolean {
  return rows.every(({ result }) => isPassed(result));
}

/** The rows as a table for people, as CSV, or as JSON. */
export function formatClass(rows: readonly ClassRow[], course: readonly CourseStep[], format: ClassFormat): string {
  if (format === "json") return JSON.stringify(rows.map((row) => ({ ...row, passed: isPassed(row.result) })), null, 2);
  const last = Math.max(0, ...rows.flatMap(({ result }) => result.steps.map(({ number }) => number)));
  const steps = course.filter(({ number }) => number <= last);
  const cells = rows.map(({ name, result }) => [name, ...steps.map(({ slug }) => cellOf(result, slug)), verdictOf(result)]);
  const table = [["name", ...steps.map(({ number }) => String(number).padStart(2, "0")), "result"], ...cells];
  if (format === "csv") return table.map((row) => row.map(csv).join(",")).join("\n");
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table
    .map((row, i) => {
      const line = row.map((cell, j) => (j === row.length - 1 ? cell : cell.padEnd(widths[j]!))).join("  ");
      return i === 0 ? paint("bold", line) : paint(isPassed(rows[i - 1]!.result) ? "green" : "red", line);
    })
    .join("\n");
}

function cellOf({ steps }: SuiteResult, slug: string): string {
  const step = steps.find((each) => each.slug === slug);
  if (step === undefined) return "·";
  return step.passed === step.total ? "✔" : `${step.passed}/${step.total}`;
}

function verdictOf({ steps, problem }: SuiteResult): string {
  const passed = steps.filter((step) => step.passed === step.total).length;
  const failed = steps.find((step) => step.failed !== undefined);
  const counts = steps.length === 0 ? "" : `${passed} of ${steps.length} steps`;
  const why = problem?.split("\n")[0] ?? (failed && `${failed.number}, "${failed.failed?.title}": ${failed.failed?.message}`) ?? "";
  return [counts, why].filter(Boolean).join("; ");
}

function csv(cell: string): string {
  // A spreadsheet would take a cell that begins so for a formula.
  const safe = /^[=+@-]/.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
