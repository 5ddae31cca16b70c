import { parseArguments, runMain } from "./lib/cli.ts";
import { paint } from "./lib/colours.ts";
import { findStep, listSteps, type Step } from "./lib/steps.ts";
import { readStepFiles } from "./lessons/changes.ts";
import { readLesson } from "./lessons/lesson.ts";
import {
  changedLines,
  checkSize,
  justification,
  largestHunk,
  MANY_LINES,
  measureStep,
  medianHunk,
  USUAL_LINES,
} from "./lessons/step-size.ts";

const usage = `
Usage: npm run size [<step> ...]

How many lines of code each step changes, and in what hunks; with steps, only those. Counted are
modules and the scripts of pages, without empty lines and comments; not tests, exercises, mistakes.
<step> is a number or a name: 3, 03, accept-key or 03-accept-key.

Options:
  --help  this text
`;

await runMain(usage, (args) => {
  const { positionals } = parseArguments(args, {});
  const steps = listSteps();
  const wanted = positionals.length > 0 ? positionals.map((name) => findStep(name, steps)) : steps;
  const rows = wanted.map((step) => describe(step, steps[steps.indexOf(step) - 1]));
  const heads = ["step", "changed", "added", "removed", "hunks", "median", "largest", ""];
  console.log(table([heads, ...rows.map(({ cells }) => cells)]));
  console.log(
    `\nRule of thumb: about ${USUAL_LINES} changed lines a step, in hunks of a few lines. ` +
      `Above ${MANY_LINES}, the lesson says why.`,
  );
  const faults = rows.flatMap(({ faults }) => faults);
  for (const fault of faults) console.log(`\n${paint("red", fault)}`);
  return faults.length > 0 ? 1 : 0;
});

function describe(step: Step, previous: Step | undefined): { cells: string[]; faults: string[] } {
  const size = measureStep(readStepFiles(step), previous && readStepFiles(previous));
  const lesson = readLesson(step.folder);
  const lines = changedLines(size);
  const largest = largestHunk(size);
  const faults = checkSize(size, lesson).map(({ message }) => message);
  let note = "";
  if (lines === 0) note = "empty";
  else if (lines > MANY_LINES) note = justification(lesson) ? "oversized, the lesson says why" : "oversized";
  return {
    cells: [
      size.name,
      String(lines),
      `+${size.added}`,
      `-${size.removed}`,
      String(size.hunks.length),
      String(medianHunk(size)),
      largest ? `${largest.lines} ${largest.file}` : "0",
      note,
    ],
    faults,
  };
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  // Names to the left, numbers to the right.
  const isText = (column: number): boolean => column === 0 || column >= 6;
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
