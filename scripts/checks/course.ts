import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { typescriptCommand } from "../lib/processes.ts";
import type { Step } from "../lib/steps.ts";
import { type Check, collectChecks, runCheck } from "./check.ts";
import { CheckError } from "./check-error.ts";
import { patience } from "./raw-client.ts";
import { ServerUnderTest } from "./server-under-test.ts";

/** A step and the checks that its `server.test.ts` declares. */
export type CourseStep = Step & { checks: Check[] };

/** Something that is wrong with the course: a sentence, and what lies behind it. */
export type Problem = { message: string; details?: string };

/** What became of a check. */
export type Outcome = { check: Check; error?: Error };

/** The command that runs a program. */
export type CommandOf = (file: string) => readonly string[];

/** How long a check that must fail waits for what will not come, in milliseconds. */
export const SHORT_PATIENCE = Math.min(1_500, patience);

/** Reads the checks of all steps, none of which runs. */
export async function loadChecks(steps: Step[]): Promise<CourseStep[]> {
  const course: CourseStep[] = [];
  for (const step of steps) {
    const file = join(step.folder, "server.test.ts");
    course.push({ ...step, checks: existsSync(file) ? await collectChecks(versionOf(file)) : [] });
  }
  return course;
}

/** A file's URL that changes with the file: a program that goes on running has to see an edit. */
function versionOf(file: string): URL {
  const url = pathToFileURL(file);
  url.search = `?${statSync(file).mtimeMs}`;
  return url;
}

/** What is wrong with the declarations of the checks: a step without any, a title twice, a bad `retiredBy`. */
export function declarationProblems(course: readonly CourseStep[]): Problem[] {
  const problems: Problem[] = [];
  for (const step of course) {
    const file = `steps/${step.name}/server.test.ts`;
    if (step.checks.length === 0) problems.push({ message: `${file} declares no checks.` });
    const titles = new Set<string>();
    for (const { title, retiredBy } of step.checks) {
      if (titles.has(title)) problems.push({ message: `${file} has two checks with the title "${title}".` });
      titles.add(title);
      if (retiredBy === undefined) continue;
      const retiring = course.find(({ slug }) => slug === retiredBy);
      const retired = `${file}: the check "${title}" is retired by "${retiredBy}"`;
      if (retiring === undefined) problems.push({ message: `${retired}, but there is no step with that slug.` });
      else if (retiring.number <= step.number) {
        problems.push({ message: `${retired}, but only a later step can retire a check.` });
      }
    }
  }
  return problems;
}

/** Whether the check of a step still holds for the server of the step `by`. */
export function isRetired({ retiredBy }: Check, by: CourseStep, course: readonly CourseStep[]): boolean {
  const retiring = course.find(({ slug }) => slug === retiredBy);
  return retiring !== undefined && retiring.number <= by.number;
}

/**
 * Starts a TypeScript program, lends it to `use`, and stops it. Returns the problem, without
 * calling `use`, if it does not come up.
 */
export async function withServer<T>(
  file: string,
  use: (server: ServerUnderTest) => Promise<T>,
  command: CommandOf = typescriptCommand,
): Promise<T | Problem> {
  const server = new ServerUnderTest(command(file));
  try {
    try {
      await server.ensureRunning();
    } catch (error) {
      return { message: "does not start", details: (error as Error).message };
    }
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** Runs checks one after the other, up to and including the first failure if `stop` is set. */
export async function runChecks(
  server: ServerUnderTest,
  checks: readonly Check[],
  { stop = false }: { stop?: boolean } = {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const check of checks) {
    if (check.skip) continue;
    try {
      await runCheck(check, server);
      outcomes.push({ check });
    } catch (error) {
      outcomes.push({ check, error: error as Error });
      if (stop) break;
    }
  }
  return outcomes;
}

/** Whether a check has judged the server, and did not stumble over a fault of its own. */
export function isJudgement(error: Error): boolean {
  return error instanceof CheckError || error.name === "CheckError" || error.name === "AssertionError";
}

/** The first line of an error's message. */
export function firstLine(error: Error): string {
  return error.message.split("\n")[0] ?? "";
}

/** Calls `work` for each item, for at most `width` of them at a time. Keeps the order of the results. */
export async function inParallel<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i] as T);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
