import { existsSync, readFileSync } from "node:fs";
import type { CourseStep } from "../checks/course.ts";
import { writeWhole } from "./atomic.ts";
import type { Round } from "./round.ts";

/** How it stands with the practice, as `practice/state.json` tells the site. */
export type PracticeState = {
  version: 1;
  /** The process that writes it; if that is gone, nobody checks any more. */
  pid: number;
  step: { number: number; slug: string };
  phase: "checking" | "failing" | "passed";
  checks: { title: string; state: "open" | "passed" | "failed" | "skipped" }[];
  /** Of the steps before, once they have been run. */
  earlier?: { passed: number; total: number };
  /** What fails first, or why nothing could be tried. */
  failing?: { title: string; message: string; details: string };
};

/** The state of a round, for {@link writeState}. */
export function stateOf(
  step: CourseStep,
  round: Round | undefined,
  rest: Pick<PracticeState, "phase" | "earlier" | "failing">,
): PracticeState {
  const states = { waiting: "open", running: "open", passed: "passed", failed: "failed", skipped: "skipped" } as const;
  return {
    version: 1,
    pid: process.pid,
    step: { number: step.number, slug: step.slug },
    checks: step.checks.map(({ title }, i) => ({ title, state: states[round?.standings[i]?.state ?? "waiting"] })),
    ...rest,
  };
}

export function writeState(file: string, state: PracticeState): Promise<void> {
  return writeWhole(file, `${JSON.stringify(state)}\n`);
}

/** Reads a state; `undefined` if there is none, or something else. */
export function readState(file: string): PracticeState | undefined {
  try {
    if (!existsSync(file)) return undefined;
    const state = JSON.parse(readFileSync(file, "utf8")) as PracticeState;
    return state.version === 1 && typeof state.step?.slug === "string" && Array.isArray(state.checks) ? state : undefined;
  } catch {
    return undefined;
  }
}
