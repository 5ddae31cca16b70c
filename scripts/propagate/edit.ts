import { Failure, UsageError } from "../lib/cli.ts";
import { paint } from "../lib/colours.ts";
import type { Step } from "../lib/steps.ts";
import { changesBetween, nameOf, pathPattern, pickFiles, type Change, type Files } from "./files.ts";
import { filesAt, resolveCommit, stepFoldersAt, workingFiles } from "./git.ts";
import type { EditedStep } from "./plan.ts";
import { describeChange, list } from "./report.ts";
import { stepLabel, stepNumber } from "./walk.ts";

/** What was edited in the step, and a summary for the terminal; throws if nothing is to carry. */
export function readEdit(
  step: Step,
  base: string,
  include: string[],
  carried: (name: string) => boolean,
): { edited: EditedStep; summary: string } {
  const before = filesBefore(step, base);
  const after = workingFiles(step.name);
  const changes = changesBetween(before, after);
  const number = stepNumber(step);
  if (changes.length === 0) {
    throw new Failure(
      base === "HEAD"
        ? `Step ${number} has no uncommitted edit: change it first, then propagate.`
        : `Step ${number} is as it was in ${base}: there is nothing to propagate.`,
    );
  }
  for (const glob of include) {
    if (changes.some((change) => pathPattern(glob).test(nameOf(change)))) continue;
    throw new UsageError(`--include ${glob} matches no file that was edited in step ${number}.`);
  }
  const isCarried = (change: Change): boolean => carried(nameOf(change));
  const local = changes.filter((change) => !isCarried(change)).map(nameOf);
  if (!changes.some(isCarried)) {
    throw new Failure(
      `Only ${list(local)} ${local.length === 1 ? "was" : "were"} edited in step ${number}, and ` +
        "lessons, their tests, mistakes and exercises are not carried unless --include names them.",
    );
  }
  const summary = [
    `${paint("bold", step.name)}, edited:`,
    ...changes.filter(isCarried).map((change) => `  ${describeChange(change, before, after)}`),
    ...(local.length > 0 ? [`Not carried (--include would): ${list(local)}.`] : []),
  ].join("\n");
  const [old, now] = [pickFiles(before, carried), pickFiles(after, carried)];
  return { edited: { label: stepLabel(step), before: old, after: now }, summary };
}

/** The step's files at the base; a step keeps its slug when its number changes. */
function filesBefore(step: Step, base: string): Files {
  const commit = resolveCommit(base);
  const folders = stepFoldersAt(commit);
  const folder =
    folders.find((name) => name === step.name) ??
    folders.find((name) => name.replace(/^\d+-/, "") === step.slug);
  if (folder !== undefined) return filesAt(commit, folder);
  throw new Failure(
    `Step ${step.name} is not in ${base}, so nothing tells what you have edited in it: ` +
      "commit it first.",
  );
}
