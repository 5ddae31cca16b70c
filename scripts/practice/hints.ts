import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Step } from "../lib/steps.ts";

/** What helps with a check, as Markdown: a question, a pointer, nearly the code. */
export type Hints = readonly [question: string, pointer: string, nearlyTheCode: string];

/** Ends a heading that stands for all checks whose titles begin so. */
const AND_SO_ON = "…";

/**
 * The hints of a step, by the headings of its `hints.md`: the title of a check, or the beginning of
 * several and `…`. Headings that follow each other share the hints below the last of them. Empty if
 * there is no such file. Throws an `Error` that names file and line if it is malformed.
 */
export function readHints(stepFolder: string): Map<string, Hints> {
  const path = join(stepFolder, "hints.md");
  if (!existsSync(path)) return new Map();
  return parseHints(readFileSync(path, "utf8"), basename(stepFolder));
}

/** The hints for one check of a step. An exact heading comes before a beginning, a longer one before a shorter. */
export function hintsFor(step: Pick<Step, "folder">, title: string): Hints | undefined {
  const hints = readHints(step.folder);
  const heading = headingFor(hints.keys(), title);
  return heading === undefined ? undefined : hints.get(heading);
}

/** Which of these headings has the hints for this check. */
export function headingFor(headings: Iterable<string>, title: string): string | undefined {
  const fitting = [...headings].filter((heading) =>
    heading.endsWith(AND_SO_ON) ? title.startsWith(heading.slice(0, -AND_SO_ON.length)) : heading === title,
  );
  // The title itself has no "…", so that it is compared by that one character longer.
  const weight = (heading: string): number => (heading === title ? Infinity : heading.length);
  return fitting.sort((one, other) => weight(other) - weight(one))[0];
}

/** As {@link readHints}, from a text. `stepName` is the folder's name, `03-accept-key`. */
export function parseHints(text: string, stepName: string): Map<string, Hints> {
  const hints = new Map<string, Hints>();
  const fail = (index: number, message: string): never => {
    throw new Error(`steps/${stepName}/hints.md:${index + 1}: ${message}`);
  };
  const [first, ...lines] = text.split(/\r?\n/);
  const title = `# Hints for step ${/^\d+/.exec(stepName)}`;
  if (first !== title) fail(0, `The first line must be "${title}".`);

  let block: Block = { headings: [], items: [] };
  const finish = (index: number): void => {
    if (block.headings.length === 0) return;
    const finished = toHints(block, (message) => fail(index, message));
    for (const heading of block.headings) hints.set(heading, finished);
    block = { headings: [], items: [] };
  };
  for (const [i, line] of lines.entries()) {
    const index = i + 1;
    const [, heading] = /^## (.+)$/.exec(line) ?? [];
    const [, number, start] = /^(\d+)\. (.*)$/.exec(line) ?? [];
    if (heading !== undefined) {
      if (block.items.length > 0) finish(index - 1);
      if (hints.has(heading) || block.headings.includes(heading)) fail(index, `"${heading}" is here twice.`);
      block.headings.push(heading);
    } else if (start !== undefined) {
      if (block.headings.length === 0) fail(index, "This hint stands below no heading.");
      if (Number(number) !== block.items.length + 1) fail(index, `Hint ${number} comes where ${block.items.length + 1} should.`);
      block.items.push([start]);
    } else if (line === "" || (line.startsWith("   ") && block.items.length > 0)) {
      block.items.at(-1)?.push(line.slice(3));
    } else {
      fail(index, 'A line begins with "## ", with the number of a hint, or with three spaces below one.');
    }
  }
  finish(lines.length);
  return hints;
}

type Block = { headings: string[]; items: string[][] };

function toHints({ headings, items }: Block, fail: (message: string) => never): Hints {
  const texts = items.map((lines) => lines.join("\n").trim());
  const [question, pointer, nearlyTheCode, ...more] = texts;
  const where = `above, at "${headings.at(-1)}"`;
  if (!question || !pointer || !nearlyTheCode || more.length > 0) {
    return fail(`There must be three hints ${where}, none of them empty, but there are ${texts.filter(Boolean).length}.`);
  }
  if (!question.endsWith("?")) return fail(`The first hint ${where}, is no question.`);
  if (texts.some((text) => (text.match(/^```/gm) ?? []).length % 2 === 1)) return fail(`A code block ${where}, is never closed.`);
  return [question, pointer, nearlyTheCode];
}
