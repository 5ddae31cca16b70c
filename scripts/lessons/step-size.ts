import { changesOf, isStepCode, type StepFiles } from "./changes.ts";
import type { Finding } from "./finding.ts";
import type { Lesson } from "./lesson.ts";

/** About how many lines of code a step may change. */
export const USUAL_LINES = 60;

/** From how many lines on the lesson has to say why. */
export const MANY_LINES = 90;

/** How much of a step's code is new to somebody who has read the step before. */
export interface StepSize {
  name: string;
  added: number;
  removed: number;
  /** The changed lines of each hunk, by file. */
  hunks: { file: string; lines: number }[];
}

/**
 * Counts the changed lines of modules and of the scripts in pages; empty lines and lines with
 * nothing but a comment do not count. A hunk is a run of neighbouring changed lines.
 */
export function measureStep(step: StepFiles, previous?: StepFiles): StepSize {
  const size: StepSize = { name: step.name, added: 0, removed: 0, hunks: [] };
  const names = new Set([...step.files.keys(), ...(previous?.files.keys() ?? [])]);
  for (const file of [...names].filter(isStepCode).sort()) {
    const before = previous?.files.get(file) ?? [];
    const after = step.files.get(file) ?? [];
    for (const hunk of changesOf(file, before, after)) {
      const added = hunk.added.filter((line) => isCodeLine(after[line])).length;
      const removed = hunk.removed.filter((line) => isCodeLine(before[line])).length;
      if (added + removed === 0) continue;
      size.added += added;
      size.removed += removed;
      size.hunks.push({ file, lines: added + removed });
    }
  }
  return size;
}

export function changedLines({ added, removed }: StepSize): number {
  return added + removed;
}

/** The middle one of the hunks' sizes; of two, the larger. 0 without any. */
export function medianHunk({ hunks }: StepSize): number {
  const sizes = hunks.map(({ lines }) => lines).sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? 0;
}

/** The hunk with the most lines; of equals, the first. */
export function largestHunk({ hunks }: StepSize): StepSize["hunks"][number] | undefined {
  return hunks.reduce<StepSize["hunks"][number] | undefined>(
    (largest, hunk) => (largest && largest.lines >= hunk.lines ? largest : hunk),
    undefined,
  );
}

/**
 * Why a lesson is longer than others, in its own words: a paragraph with "This step is longer than
 * the others", or a comment `<!-- oversized: reason -->`.
 */
export function justification({ paragraphs, comments }: Lesson): string | undefined {
  const paragraph = paragraphs.find(({ text }) => /\bstep is longer than the others\b/.test(text));
  const reasons = comments.map(({ text }) => /^oversized:\s*(\S[^]*)$/.exec(text)?.[1]);
  return paragraph?.text ?? reasons.find((reason) => reason !== undefined);
}

/** The gate of size: no step is empty, and one with very many lines says why. */
export function checkSize(size: StepSize, lesson: Lesson): Finding[] {
  const lines = changedLines(size);
  const finding = (message: string): Finding[] => [{ file: lesson.file, line: 1, message }];
  if (lines === 0) {
    return finding(`The step ${size.name} changes no code: every step is a change to the one before.`);
  }
  if (lines <= MANY_LINES || justification(lesson) !== undefined) return [];
  const largest = largestHunk(size);
  return finding(
    `The step ${size.name} changes ${lines} lines of code (the largest hunk has ${largest?.lines}, ` +
      `in ${largest?.file}), and the usual is about ${USUAL_LINES}. Split it, or say why it is ` +
      `longer: with a paragraph "This step is longer than the others. ..." or a comment ` +
      `<!-- oversized: reason -->.`,
  );
}

function isCodeLine(line = ""): boolean {
  return !/^\s*(?:$|\/\/|\/\*|\*(?: |\/|$))/.test(line);
}
