import type { Step } from "../lib/steps.ts";
import { changesBetween, pickFiles, type Files } from "./files.ts";
import { workingFiles } from "./git.ts";
import { planStep, type EditedStep, type OnConflict, type StepPlan } from "./plan.ts";

export interface PlannedStep extends StepPlan {
  step: Step;
  before: Files;
}

/**
 * Goes from step to step as long as there is something to carry. Each step is merged with what has
 * changed in the one before it, not with the first edit: so every merge bridges one lesson only,
 * and a conflict is solved once. Writes nothing; who marks conflicts has to stop at the first.
 */
export function* walkSteps(
  from: EditedStep,
  later: Step[],
  carried: (name: string) => boolean,
  onConflict: OnConflict,
): Generator<PlannedStep, void, void> {
  let previous = from;
  for (const step of later) {
    if (changesBetween(previous.before, previous.after).length === 0) return;
    const before = pickFiles(workingFiles(step.name), carried);
    const label = stepLabel(step);
    const plan = planStep(previous, label, before, onConflict);
    yield { ...plan, step, before };
    previous = { label, before, after: plan.after };
  }
}

/** How a step is called behind conflict markers and in sentences: `step 02`. */
export function stepLabel(step: Step): string {
  return `step ${stepNumber(step)}`;
}

/** The number as the folder has it, with its zero. */
export function stepNumber({ name }: Step): string {
  return name.slice(0, name.indexOf("-"));
}
