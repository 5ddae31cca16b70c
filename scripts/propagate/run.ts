import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure, UsageError } from "../lib/cli.ts";
import { courseRoot } from "../lib/root.ts";
import { findStep, listSteps, type Step } from "../lib/steps.ts";
import { readEdit } from "./edit.ts";
import { carriedFilter, changesBetween, pickFiles, putFile } from "./files.ts";
import { runGates } from "./gates.ts";
import { headCommit, uncommittedPaths, workingFiles } from "./git.ts";
import type { EditedStep } from "./plan.ts";
import { describeConflicts, describePlan, list } from "./report.ts";
import { ABORT, CONTINUE, refuseSecondRun, resolvedRun } from "./session.ts";
import {
  encodeFiles,
  finishState,
  forgetState,
  isUntouchedSince,
  keepOriginals,
  loadState,
  saveState,
  type RunState,
} from "./state.ts";
import { stepLabel, walkSteps, type PlannedStep } from "./walk.ts";

export interface RunOptions {
  /** The revision in which the step is as it was before the edit. */
  base: string;
  /** Globs of step-local files that are carried all the same. */
  include: string[];
  /** Only show what would happen. */
  dryRun: boolean;
  /** Run the tests of the touched steps in the end. */
  test: boolean;
}

type Filter = (name: string) => boolean;

/** Carries the edit of a step through the later ones, and returns the exit code. */
export function startRun(
  step: Step,
  { base, include, dryRun, test }: RunOptions,
): Promise<number> | number {
  refuseSecondRun();
  const later = listSteps().filter(({ number }) => number > step.number);
  if (later.length === 0) {
    throw new UsageError(`Step ${step.name} is the last one: there is no later step.`);
  }
  const carried = carriedFilter(include);
  const { edited, summary } = readEdit(step, base, include, carried);
  refuseUncommitted(edited, later, carried);
  console.log(`${summary}\n`);
  if (dryRun) return rehearse(edited, later, carried);
  return carryOn(edited, later, {
    version: 1,
    phase: "writing",
    step: step.name,
    head: headCommit(),
    include,
    test,
    at: undefined,
    conflicts: [],
    before: {},
    originals: {},
    left: {},
  });
}

/** Goes on after a conflict that the maintainer has resolved, and returns the exit code. */
export function continueRun(test: boolean): Promise<number> {
  const { state, at, before } = resolvedRun();
  const step = findStep(at);
  const later = listSteps().filter(({ number }) => number > step.number);
  const carried = carriedFilter(state.include);
  const after = pickFiles(workingFiles(at), carried);
  const edited = { label: stepLabel(step), before, after };
  refuseUncommitted(edited, later, carried);
  return carryOn(edited, later, { ...state, test: state.test && test, conflicts: [], before: {} });
}

/** Refuses to mix the edit with others that are not committed, in the files that it would reach. */
function refuseUncommitted(edited: EditedStep, later: Step[], carried: Filter): void {
  const uncommitted = uncommittedPaths();
  const mixed = [...walkSteps(edited, later, carried, "favour-edit")]
    .flatMap(writtenPaths)
    .filter((path) => uncommitted.has(path));
  if (mixed.length === 0) return;
  const state = loadState();
  const ours = state && isUntouchedSince(state) && mixed.every((path) => path in state.originals);
  throw new Failure(
    `The edit would reach files that have uncommitted edits of their own, ${list(mixed)}: ` +
      (ours ? `the last run made them, and ${ABORT} takes it back.` : "commit or stash them first."),
  );
}

/** The paths that a plan writes or deletes, relative to the course's root. */
function writtenPaths({ step, before, after }: PlannedStep): string[] {
  const names = changesBetween(before, after).flatMap((change) => {
    if (change.kind === "added") return [change.to];
    if (change.kind === "deleted" || change.from === change.to) return [change.from];
    return [change.from, change.to];
  });
  return names.map((name) => `steps/${step.name}/${name}`);
}

function rehearse(edited: EditedStep, later: Step[], carried: Filter): number {
  let conflicts = 0;
  for (const plan of walkSteps(edited, later, carried, "keep")) {
    console.log(`${describePlan(plan, true)}\n`);
    if (plan.conflicts.length === 0) continue;
    console.log(`${describeConflicts(plan)}\n`);
    conflicts += plan.conflicts.length;
  }
  if (conflicts > 0) {
    console.log(
      "It would stop at a conflict, and what comes after that depends on how it is resolved.",
    );
  }
  console.log("A dry run: nothing was changed.");
  return 0;
}

/** Writes step after step, until the edit has ended or a conflict stops it. */
async function carryOn(edited: EditedStep, later: Step[], state: RunState): Promise<number> {
  for (const plan of walkSteps(edited, later, carriedFilter(state.include), "mark")) {
    write(plan, state);
    console.log(`${describePlan(plan, false)}\n`);
    if (plan.conflicts.length > 0) return stopAt(plan);
  }
  return finish(state);
}

/** Writes one step. What it was is remembered first: whoever kills us can still abort. */
function write(plan: PlannedStep, state: RunState): void {
  const { step, before, after, conflicts } = plan;
  const paths = writtenPaths(plan);
  if (paths.length === 0 && conflicts.length === 0) return;
  state.at = step.name;
  state.phase = "writing";
  keepOriginals(state.originals, paths);
  saveState(state);
  const prefix = `steps/${step.name}/`;
  for (const path of paths) putFile(path, after.get(path.slice(prefix.length)));
  if (conflicts.length === 0) return;
  state.phase = "stopped";
  state.conflicts = conflicts.map(({ file, reason }) => ({ file, reason }));
  state.before = encodeFiles(before);
  saveState(state);
}

function stopAt(plan: PlannedStep): number {
  console.log(`${describeConflicts(plan)}\n`);
  const files = [...new Set(plan.conflicts.map(({ file }) => file))];
  console.error(
    `Stopped at ${plan.step.name}: resolve ${list(files)} there, then ${CONTINUE} ` +
      `(or take everything back: ${ABORT}).`,
  );
  return 1;
}

async function finish(state: RunState): Promise<number> {
  const touched = touchedSteps(state);
  if (touched.length === 0) {
    // The run before this one stays the one that can be taken back.
    if (loadState()?.phase === "stopped") forgetState();
    console.log("No later step needed a change.");
    return 0;
  }
  finishState(state);
  console.log(`Carried to ${list(touched)}. These lessons may need a look:`);
  for (const name of [state.step, ...touched]) {
    const lesson = `steps/${name}/README.md`;
    if (existsSync(join(courseRoot, lesson))) console.log(`  ${lesson}`);
  }
  if (!state.test) {
    console.log("\nThe tests were not run (--no-test).");
    return 0;
  }
  if (await runGates([state.step, ...touched])) return 0;
  console.error(
    `\nThe edit is carried, but tests fail (see above): mend them, or take it back with ${ABORT}.`,
  );
  return 1;
}

/** The folder names of the later steps in which the run has written files. */
function touchedSteps({ originals }: RunState): string[] {
  const names = Object.keys(originals).map((path) => path.split("/")[1] ?? "");
  return [...new Set(names)].sort();
}
