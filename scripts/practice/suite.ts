import type { Check } from "../checks/check.ts";
import { isRetired, type CourseStep } from "../checks/course.ts";
import type { Program } from "./program.ts";
import { Round } from "./round.ts";

/** What a server got on the checks of one step. */
export type StepResult = {
  number: number;
  slug: string;
  passed: number;
  total: number;
  /** Checks that a step up to the server's has ended on purpose. */
  retired: number;
  /** The title and the message of the first check that failed. */
  failed?: { title: string; message: string };
};

/** What a server got on all steps up to its own. */
export type SuiteResult = { steps: StepResult[]; problem?: string };

export type SuiteOptions = {
  course: readonly CourseStep[];
  /** The server is one of this step: what later steps want is not asked for. */
  upTo: CourseStep;
  program: Program;
  cwd: string;
  /** After so many milliseconds, the run is given up. */
  limit?: number;
};

/** A server that answers nothing fails hundreds of checks, so at first none of them waits long; then some do. */
const PATIENCE = 600;
const FULL_PATIENCE = 4_000;
const MOST_RETRIED = 20;

/** Runs the checks of a step and of all before it that still hold. */
export async function runSuite({ course, upTo, program, cwd, limit }: SuiteOptions): Promise<SuiteResult> {
  const steps = course.filter(({ number }) => number <= upTo.number);
  const holds = (check: Check): boolean => !isRetired(check, upTo, course);
  const prepared = await program.prepare();
  if ("problem" in prepared) return { steps: [], problem: prepared.problem };

  const checks = steps.flatMap((step) => step.checks.filter(holds));
  const round = new Round({ checks, command: prepared.command, cwd, startTime: program.startTime, patience: PATIENCE, fullPatience: FULL_PATIENCE });
  let isLate = false;
  const timer = limit === undefined ? undefined : setTimeout(() => ((isLate = true), void round.giveUp()), limit);
  await round.run();
  // Who fails most of them is not kept waiting for the rest.
  const isHopeless = round.count("failed") > checks.length / 2;
  if (round.startProblem === undefined && !isHopeless) await round.confirm({ most: MOST_RETRIED });
  clearTimeout(timer);
  const result: SuiteResult = { steps: steps.map((step) => resultOf(step, round, holds)) };
  await round.giveUp();
  if (isLate) result.problem = `It was not done after ${Math.round((limit ?? 0) / 1000)} seconds.`;
  else if (round.startProblem !== undefined) result.problem = round.startProblem;
  return result;
}

function resultOf({ number, slug, checks }: CourseStep, round: Round, holds: (check: Check) => boolean): StepResult {
  const own = checks.filter(holds);
  const standings = own.map((check) => round.standings[round.checks.indexOf(check)]!);
  const total = standings.filter(({ state }) => state !== "skipped").length;
  const result: StepResult = {
    number,
    slug,
    passed: standings.filter(({ state }) => state === "passed").length,
    total,
    retired: checks.length - own.length,
  };
  standings.some((standing, i) => {
    if (standing.state !== "failed") return false;
    result.failed = { title: own[i]!.title, message: standing.error.message.split("\n")[0] ?? "" };
    return true;
  });
  return result;
}

/** Whether each check of each step has passed. */
export function isPassed({ steps, problem }: SuiteResult): boolean {
  return problem === undefined && steps.every(({ passed, total }) => passed === total);
}
