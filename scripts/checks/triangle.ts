import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { typescriptCommand } from "../lib/processes.ts";
import type { Step } from "../lib/steps.ts";
import type { Check } from "./check.ts";
import {
  type CommandOf,
  declarationProblems,
  firstLine,
  inParallel,
  isJudgement,
  isRetired,
  loadChecks,
  type CourseStep,
  type Outcome,
  type Problem,
  runChecks,
  SHORT_PATIENCE,
  withServer,
} from "./course.ts";
import { type FailingCheck, readFailingCheck } from "./failing-check.ts";
import { listMistakes } from "./mistakes.ts";
import { fitsQuote } from "./placeholders.ts";
import type { ServerUnderTest } from "./server-under-test.ts";

/** The checks of one step, tried on the server of another. */
export type Cell = {
  /** The slug of the step whose checks these are. */
  checks: string;
  passed: number;
  total: number;
  retired: number;
  /** The title of the first check that failed, where one has to. */
  failed?: string;
  fine: boolean;
};

/** A server, and what it got. */
export type Row = { server: string; cells: Cell[] };

/** What came of a triangle: a row for each server, and what is wrong. */
export type Triangle = { steps: string[]; rows: Row[]; problems: Problem[] };

export type TriangleOptions = {
  /** The folder that holds `steps/`. */
  root: string;
  /**
   * Neighbours only, and no further than the first failure: the checks that the step before leaves
   * standing, and the one that the next lesson shows failing.
   */
  quick?: boolean;
  /** How many servers run at the same time. */
  width?: number;
  /** How to run a program, by default with tsx. */
  command?: CommandOf;
};

/** A program, whose it is, and what it is tried on. */
type Trial = {
  name: string;
  file: string;
  /** The step of the server, unless it is the program that fails the first step. */
  step: CourseStep | undefined;
  passes: CourseStep[];
  fails: { step: CourseStep; expected: FailingCheck } | undefined;
};

/**
 * Tries the server of each step on the checks of that step and all before, which it must pass
 * unless they are retired, and on those of the next, which it must fail as the next lesson says.
 */
export async function runTriangle(
  steps: Step[],
  { root, quick = false, width = 2, command = typescriptCommand }: TriangleOptions,
): Promise<Triangle> {
  const course = await loadChecks(steps);
  const problems = declarationProblems(course);
  const trials = planTrials(course, root, quick, problems);
  const seen = new Set<Check>();
  const rows = await inParallel(trials, width, (trial) => runTrial(trial, { course, quick, seen, problems, command }));
  if (!quick) problems.push(...(await neverFailing(course, seen, width, command)));
  return { steps: course.map(({ name }) => name), rows, problems };
}

function planTrials(course: CourseStep[], root: string, quick: boolean, problems: Problem[]): Trial[] {
  const expected = new Map<CourseStep, FailingCheck>();
  course.forEach((step, i) => {
    const found = readFailingCheck(step);
    const before = course[i - 1];
    if (typeof found === "string") problems.push({ message: found });
    else if (before !== undefined && found.program !== `steps/${before.name}/server.ts`) {
      problems.push({
        message: `steps/${step.name}/README.md shows ${found.program} failing, but the step before has steps/${before.name}/server.ts.`,
      });
    } else if (!existsSync(resolve(root, found.program))) {
      problems.push({ message: `steps/${step.name}/README.md shows ${found.program} failing, and there is no such file.` });
    } else expected.set(step, found);
  });
  const failsAt = (step: CourseStep | undefined): Trial["fails"] => {
    const check = step && expected.get(step);
    return step && check && { step, expected: check };
  };

  const trials = course.map((step, i): Trial => ({
    name: step.name,
    file: join(step.folder, "server.ts"),
    step,
    passes: quick ? course.slice(Math.max(0, i - 1), i) : course.slice(0, i + 1),
    fails: failsAt(course[i + 1]),
  }));
  const first = failsAt(course[0]);
  if (first === undefined) return trials;
  const { program } = first.expected;
  return [{ name: program, file: resolve(root, program), step: undefined, passes: [], fails: first }, ...trials];
}

type Context = {
  course: CourseStep[];
  quick: boolean;
  /** The checks that have been seen failing. */
  seen: Set<Check>;
  problems: Problem[];
  command: CommandOf;
};

async function runTrial(trial: Trial, context: Context): Promise<Row> {
  const { name, passes, fails } = trial;
  const cells: Cell[] = [];
  if (passes.length === 0 && fails === undefined) return { server: name, cells };
  const tryAll = async (server: ServerUnderTest): Promise<undefined> => {
    for (const step of passes) cells.push(await mustPass(server, trial, step, context));
    if (fails !== undefined) cells.push(await mustFail(server, trial, fails, context));
  };
  const down = await withServer(trial.file, tryAll, context.command);
  if (down !== undefined) context.problems.push({ ...down, message: `The server of ${name} ${down.message}.` });
  return { server: name, cells };
}

/** A server and the checks of its own step or an earlier one. */
async function mustPass(server: ServerUnderTest, trial: Trial, step: CourseStep, context: Context): Promise<Cell> {
  const { course, problems } = context;
  const retired = step.checks.filter((check) => trial.step !== undefined && isRetired(check, trial.step, course));
  const standing = step.checks.filter((check) => !retired.includes(check));
  const failures = (await runChecks(server, standing)).filter(hasFailed);
  for (const { check, error } of failures) {
    problems.push({
      message: `The server of ${trial.name} fails the check "${check.title}" of ${step.name}.`,
      details: describe(error),
    });
  }

  const retiredHere = retired.filter(({ retiredBy }) => retiredBy === trial.step?.slug);
  const useless = (await impatiently(server, retiredHere)).filter((outcome) => !hasFailed(outcome));
  for (const { check } of useless) {
    problems.push({
      message:
        `The check "${check.title}" of ${step.name} is retired by "${check.retiredBy}", ` +
        `but that step's server passes it: it need not retire.`,
    });
  }
  return {
    checks: step.slug,
    passed: standing.length - failures.length,
    total: standing.length,
    retired: retired.length,
    fine: failures.length === 0 && useless.length === 0,
  };
}

/** A server and the checks of the step after it. */
async function mustFail(
  server: ServerUnderTest,
  trial: Trial,
  { step, expected }: NonNullable<Trial["fails"]>,
  { quick, seen, problems }: Context,
): Promise<Cell> {
  const at = step.checks.findIndex(({ title }) => title === expected.title);
  // What stands before the named check has to pass, and must not fail for want of patience.
  const outcomes = await runChecks(server, step.checks.slice(0, Math.max(0, at)), { stop: quick });
  if (!quick || !outcomes.some(hasFailed)) {
    outcomes.push(...(await impatiently(server, step.checks.slice(Math.max(0, at)), quick)));
  }
  const failures = outcomes.filter(hasFailed);
  for (const { check } of failures) seen.add(check);
  const first = failures[0];
  const problem = wrongFailure(trial.name, step, expected, first);
  if (problem !== undefined) problems.push(problem);
  return {
    checks: step.slug,
    passed: outcomes.length - failures.length,
    total: step.checks.length,
    retired: 0,
    ...(first === undefined ? {} : { failed: first.check.title }),
    fine: problem === undefined,
  };
}

/** What is wrong with the failure that the lesson of `step` announces. */
function wrongFailure(
  server: string,
  step: CourseStep,
  expected: FailingCheck,
  first: Failure | undefined,
): Problem | undefined {
  const lesson = `steps/${step.name}/README.md shows the check "${expected.title}" failing on ${expected.program}`;
  if (!step.checks.some(({ title }) => title === expected.title)) {
    return { message: `${lesson}, but steps/${step.name}/server.test.ts has no check of that title.` };
  }
  if (first === undefined || step.checks.indexOf(first.check) > step.checks.findIndex(({ title }) => title === expected.title)) {
    return {
      message:
        `${lesson}, but the server of ${server} passes it: either the check accepts what it should not, ` +
        `or the server already does what ${step.name} is about.`,
      ...(first === undefined ? {} : { details: `The first check to fail is "${first.check.title}":\n${describe(first.error)}` }),
    };
  }
  if (!isJudgement(first.error)) {
    return {
      message: `The check "${first.check.title}" of ${step.name} has a fault of its own: it fails on the server of ${server}, but not by a CheckError.`,
      details: describe(first.error),
    };
  }
  if (first.check.title !== expected.title) {
    return {
      message: `${lesson}, but the server of ${server} fails the check "${first.check.title}" before it.`,
      details: describe(first.error),
    };
  }
  if (!fitsQuote(firstLine(first.error), expected.message)) {
    return {
      message: `${lesson}, and it does, but for another reason than the lesson's "${expected.message}".`,
      details: describe(first.error),
    };
  }
  return undefined;
}

/** The checks that no server and no mistake has ever failed: they may accept everything. */
async function neverFailing(
  course: CourseStep[],
  seen: Set<Check>,
  width: number,
  command: CommandOf,
): Promise<Problem[]> {
  const suspects = await inParallel(course, width, async (step) => {
    let unseen = step.checks.filter((check) => !check.skip && !seen.has(check));
    for (const { file } of listMistakes(step)) {
      if (unseen.length === 0) break;
      const failed = await withServer(file, (server) => impatiently(server, unseen), command);
      if ("message" in failed) continue;
      const passed = new Set(failed.filter((outcome) => !hasFailed(outcome)).map(({ check }) => check));
      unseen = unseen.filter((check) => passed.has(check));
    }
    return unseen.map(({ title }): Problem => ({
      message:
        `The check "${title}" of ${step.name} has never been seen failing, neither on the step before ` +
        `nor on a program in steps/${step.name}/mistakes/: it may accept everything.`,
    }));
  });
  return suspects.flat();
}

type Failure = Required<Outcome>;

function hasFailed(outcome: Outcome): outcome is Failure {
  return outcome.error !== undefined;
}

/** Runs checks that are expected to fail: to wait long for them would be for nothing. */
async function impatiently(server: ServerUnderTest, checks: readonly Check[], stop = false): Promise<Outcome[]> {
  const usual = server.patience;
  server.patience = SHORT_PATIENCE;
  try {
    return await runChecks(server, checks, { stop });
  } finally {
    server.patience = usual;
  }
}

function describe(error: Error): string {
  return isJudgement(error) ? error.message : String(error.stack);
}

/** The triangle as text: a row for each server, a column for the checks of each step. */
export function formatTriangle({ steps, rows }: Triangle): string {
  const numbers = steps.map((name) => name.replace(/-.*/, ""));
  const slugs = steps.map((name) => name.replace(/^\d+-/, ""));
  const table = [
    ["server of", ...numbers.map((number) => `checks ${number}`)],
    ...rows.map(({ server, cells }) => [
      server,
      ...slugs.map((slug) => formatCell(cells.find(({ checks }) => checks === slug))),
    ]),
  ];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())
    .join("\n");
}

function formatCell(cell: Cell | undefined): string {
  if (cell === undefined) return "·";
  const { passed, total, retired, failed, fine } = cell;
  const parts = [`${passed}/${total}`];
  if (retired > 0) parts.push(`-${retired} retired`);
  if (failed !== undefined) parts.push(`✖ "${failed.length > 24 ? `${failed.slice(0, 23)}…` : failed}"`);
  if (!fine) parts.push("WRONG");
  return parts.join(" ");
}

/** Problems as text, each with what lies behind it. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ message, details }) => `✖ ${message}${details === undefined ? "" : `\n${details.replace(/^/gm, "    ")}`}`)
    .join("\n\n");
}
