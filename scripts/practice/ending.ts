import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CourseStep } from "../checks/course.ts";
import { paint } from "../lib/colours.ts";
import { joinCommandLine } from "../lib/command-line.ts";
import { exitCode, startProcess, typescriptCommand } from "../lib/processes.ts";
import { courseRoot } from "../lib/root.ts";
import type { PracticeFolder } from "./folder.ts";
import type { Program } from "./program.ts";
import { plural, seconds } from "./report.ts";
import { isPassed, runSuite, type SuiteResult } from "./suite.ts";

const BENCH = fileURLToPath(new URL("../bench.ts", import.meta.url));

export type EndingOptions = {
  folder: PracticeFolder;
  course: readonly CourseStep[];
  program: Program;
  print: (line: string) => void;
  /** Leave the benchmark out. */
  quick?: boolean;
};

/** The end of the course: every check of every step on the learner's server, and the benchmark beside `ws`. */
export async function runEnding({ folder, course, program, print, quick = false }: EndingOptions): Promise<boolean> {
  const upTo = course.at(-1)!;
  print(paint("bold", "\nThe whole suite, against your server"));
  const begin = performance.now();
  const result = await runSuite({ course, upTo, program, cwd: folder.path });
  for (const line of formatSuite(result, performance.now() - begin)) print(line);
  if (!isPassed(result)) return false;
  if (!quick) await benchmark(folder, program, print);
  print(paint("bold", `\nYou have written a WebSocket server: ${plural(course.length, "step")}, every check.`));
  return true;
}

/** A line for each step. */
export function formatSuite({ steps, problem }: SuiteResult, milliseconds: number): string[] {
  const width = Math.max(0, ...steps.map(({ slug }) => slug.length));
  const lines = steps.map(({ number, slug, passed, total, retired, failed }) => {
    const counts = `${`${passed} of ${total}`.padStart(9)}${retired > 0 ? `, ${retired} retired` : ""}`;
    const line = `${failed || passed < total ? "✖" : "✔"} ${String(number).padStart(2, "0")} ${slug.padEnd(width)} ${counts}`;
    return paint(line.startsWith("✔") ? "green" : "red", failed ? `${line}   ${failed.title}: ${failed.message}` : line);
  });
  const sum = (key: "passed" | "total"): number => steps.reduce((total, step) => total + step[key], 0);
  lines.push(`${sum("passed")} of ${plural(sum("total"), "check")} pass (${seconds(milliseconds)}).`);
  if (problem !== undefined) lines.push(...problem.split("\n"));
  return lines;
}

async function benchmark(folder: PracticeFolder, program: Program, print: (line: string) => void): Promise<void> {
  const prepared = await program.prepare();
  if ("problem" in prepared) return print(prepared.problem);
  print(paint("bold", "\nThe benchmark, your server beside ws (about a minute)"));
  const [command, ...args] = typescriptCommand(BENCH);
  const child = startProcess(command, [...args, "--short", "--command", joinCommandLine(prepared.command)], {
    cwd: folder.path,
    env: { COURSE_ROOT: existsSync(join(courseRoot, "steps")) ? courseRoot : undefined },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await exitCode(child);
  if (code !== 0) print(`The benchmark ended with exit code ${code}.`);
}
