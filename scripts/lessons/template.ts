import type { Step } from "../lib/steps.ts";
import type { Finding } from "./finding.ts";
import type { Heading, Lesson } from "./lesson.ts";

/** How long a lesson may be, in words as {@link countWords} counts them. */
export const WORDS = { least: 600, most: 1500 };

const FIRST = "The failing check";
const RUN_IT = "Run it";

/** The sections of every lesson, in this order. Others may stand between them. */
const SECTIONS = [FIRST, RUN_IT, "Why", "What is still wrong", "Exercises"];

/** The gate of form: title, sections, length, exercises, and the ways to the neighbours. */
export function checkTemplate(lesson: Lesson, step: Step, steps: Step[]): Finding[] {
  const findings: Finding[] = [];
  const report = (message: string, line = 1): void => {
    findings.push({ file: lesson.file, line, message });
  };
  checkTitle(lesson, step, report);
  checkSections(lesson, step, report);
  checkExercises(lesson, report);
  checkNeighbours(lesson, step, steps, report);
  const words = countWords(lesson);
  if (words < WORDS.least || words > WORDS.most) {
    report(`The lesson has ${words} words of prose, and should have ${WORDS.least} to ${WORDS.most}.`);
  }
  return findings;
}

type Report = (message: string, line?: number) => void;

/**
 * The words of a lesson: of headings, paragraphs, lists and tables, the exercises included; not
 * of code blocks and comments. A word is what stands between blanks and has a letter or a digit in
 * it, so that `GET / HTTP/1.1` has two.
 */
export function countWords({ paragraphs }: Lesson): number {
  return paragraphs
    .flatMap(({ text }) => text.split(/\s+/))
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

function checkTitle({ title, headings }: Lesson, step: Step, report: Report): void {
  const expected = numberOf(step);
  const line = headings[0]?.line;
  if (!title.startsWith(`${expected}: `)) {
    report(`The title "${title}" does not begin with the number of its folder, "${expected}: ".`, line);
  }
}

/**
 * The sections that every lesson has, in their order. Between "The failing check" and "Run it"
 * stands the change, under one or more headings of the lesson's own, at least one with code.
 */
function checkSections({ headings, fences }: Lesson, step: Step, report: Report): void {
  const sections = headings.filter(({ level }) => level === 2);
  const texts = sections.map(({ text }) => text);
  const missing = SECTIONS.filter((name) => !texts.includes(name));
  for (const name of missing) report(`The section "## ${name}" is missing.`);
  if (missing.length > 0) return;

  const common = sections.filter(({ text }) => SECTIONS.includes(text));
  const wrong = common.find(({ text }, index) => text !== SECTIONS[index]);
  const [first, last] = [sections[0], sections.at(-1)];
  if (wrong || first?.text !== FIRST || last?.text !== SECTIONS.at(-1)) {
    return report(
      `The sections do not stand in the order of a lesson: ${SECTIONS.join(", ")}, with others ` +
        `only between them. Here they are: ${texts.join(", ")}.`,
      (wrong ?? (first?.text === FIRST ? last : first))?.line,
    );
  }
  const fencesIn = (from: Heading | undefined, to: Heading | undefined) =>
    fences.filter(({ line }) => line > (from?.line ?? 0) && line < (to?.line ?? 0));
  const runIt = sections.find(({ text }) => text === RUN_IT);
  const check = new RegExp(`^\\$ npm run check 0*${step.number}( |$)`, "m");
  if (!fencesIn(sections[0], sections[1]).some(({ content }) => check.test(content))) {
    report(`"${FIRST}" does not show "npm run check ${step.number}".`, sections[0]?.line);
  }
  const change = fencesIn(sections[1], runIt);
  if (!change.some(({ language, words }) => words.length > 0 && language !== "console")) {
    report(`Between "${FIRST}" and "Run it", no section shows the change.`, sections[1]?.line);
  }
}

function checkExercises({ exercises, headings }: Lesson, report: Report): void {
  const line = headings.find(({ text }) => text === "Exercises")?.line;
  if (line !== undefined && (exercises.length < 2 || exercises.length > 3)) {
    report(`A lesson has two or three exercises, in a numbered list; here are ${exercises.length}.`, line);
  }
  exercises.forEach(({ line, summaries }, index) => {
    if (summaries.join() === "Hint,Answer") return;
    const has = summaries.length === 0 ? "nothing" : `"${summaries.join('", "')}"`;
    report(`Exercise ${index + 1} unfolds ${has}, and should unfold "Hint" and "Answer".`, line);
  });
}

function checkNeighbours(lesson: Lesson, step: Step, steps: Step[], report: Report): void {
  const index = steps.indexOf(step);
  const ways = [
    { word: "Previous", neighbour: steps[index - 1] },
    { word: "Next", neighbour: steps[index + 1] },
  ];
  for (const { word, neighbour } of ways) {
    const links = lesson.links.filter(({ text }) => text.startsWith(`${word}: `));
    const expected = neighbour && {
      href: `../${neighbour.name}/README.md`,
      text: `${word}: ${numberOf(neighbour)}, ${neighbour.title}`,
    };
    const right = links.find(
      ({ href, text }) =>
        href === expected?.href && text.toLowerCase() === expected.text.toLowerCase(),
    );
    const wrong = links.find((link) => link !== right);
    const shape = expected && `[${expected.text}](${expected.href})`;
    if (wrong) {
      const should = shape ? `: it should be ${shape}` : ", and there is no such step";
      report(`The link is [${wrong.text}](${wrong.href})${should}.`, wrong.line);
    } else if (shape && !right) {
      report(`The link to the neighbour is missing: ${shape}.`);
    }
  }
}

/** The number as the folder has it: `03`. */
function numberOf({ name, slug }: Step): string {
  return name.slice(0, -slug.length - 1);
}
