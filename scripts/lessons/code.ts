import { changesOf, isPage, isStepCode, type StepFiles } from "./changes.ts";
import type { Finding } from "./finding.ts";
import type { Fence, Lesson } from "./lesson.ts";
import { describeMismatch, findMismatch } from "./mismatch.ts";

/** The languages whose blocks must name a file, and how the names of such files end. */
const CODE_LANGUAGES: Partial<Record<string, RegExp>> = {
  ts: /\.ts$/,
  js: /\.m?js$/,
  html: /\.html$/,
  css: /\.css$/,
  json: /\.json$/,
  py: /\.py$/,
  c: /\.[ch]$/,
  sh: /\.sh$/,
  diff: /./,
};

const OTHER_KINDS = ["console", "page", "frame", "text"];

/** What stands for left-out lines, alone on its line. */
const ELISION = /^\s*(?:(?:\/\/|#) …|<!-- … -->|\/\* … \*\/)$/;

/** Lines that any diff confuses: empty ones, lone brackets, and the bare edges of a comment. */
const TRIVIAL = /^(?:[\s{}()[\];,]*|\s*(?:\/\*\*?|\*\/?))$/;

/** A line of a block: its text in the file, its line in the lesson, and its mark in a diff. */
interface BlockLine {
  text: string;
  line: number;
  mark: " " | "+" | "-";
}

/** Which lines of a file the lesson shows, and which of them it marks as changed. */
interface Shown {
  lines: Set<number>;
  /** Where the marked lines stand in the lesson. */
  marked: Map<number, BlockLine>;
}

/** What the lesson shows of a file, in this step and in the step before. */
interface ShownFile {
  after: Shown;
  before: Shown;
  /** A block did not match, so that nobody can say what else is missing. */
  broken: boolean;
  /** The line of the last block of the file. */
  line: number;
}

/**
 * The gate of prose and code: every code block of the lesson stands in the step, and every line
 * that the step changes stands in a code block. Without `previous`, everything is new.
 */
export function checkCode(lesson: Lesson, step: StepFiles, previous?: StepFiles): Finding[] {
  const findings: Finding[] = lesson.problems.map(({ line, message }) => ({
    file: lesson.file,
    line,
    message,
  }));
  const shown = new Map<string, ShownFile>();
  for (const fence of lesson.fences) {
    const report = (message: string, line = fence.line): void => {
      findings.push({ file: lesson.file, line, message });
    };
    const file = codeFile(fence, report);
    if (file === undefined) continue;
    checkFence(fence, file, step, previous, shownFile(shown, file), report);
  }
  return [...findings, ...checkCoverage(lesson, step, previous, shown)];
}

/** The file that a block claims to quote; `undefined` if it is not code, or if it is wrong. */
function codeFile(fence: Fence, report: (message: string) => void): string | undefined {
  const { language, words } = fence;
  const extension = CODE_LANGUAGES[language];
  if (!extension) {
    if (!OTHER_KINDS.includes(language)) {
      const kinds = [...Object.keys(CODE_LANGUAGES).map((name) => `${name} FILE`), ...OTHER_KINDS];
      report(`There is no kind of block "${language}". The kinds are: ${kinds.join(", ")}.`);
    } else if (language === "text" && words.length > 0) {
      report(`A text block is not checked, so it must not claim to be ${words.join(" ")}.`);
    }
    return undefined;
  }
  const [file, ...rest] = words;
  if (file === undefined) {
    report(`This block does not say which file it quotes: \`\`\`${language} FILE.`);
  } else if (rest.length > 0) {
    report(`A code block names one file; "${rest.join(" ")}" is too much.`);
  } else if (!extension.test(file)) {
    report(`${file} is no file of the language ${language}.`);
  } else {
    return file;
  }
  return undefined;
}

function shownFile(all: Map<string, ShownFile>, file: string): ShownFile {
  const fresh = (): Shown => ({ lines: new Set(), marked: new Map() });
  const known = all.get(file) ?? { after: fresh(), before: fresh(), broken: false, line: 1 };
  all.set(file, known);
  return known;
}

function checkFence(
  fence: Fence,
  file: string,
  step: StepFiles,
  previous: StepFiles | undefined,
  shown: ShownFile,
  report: (message: string, line?: number) => void,
): void {
  shown.line = fence.line;
  const fail = (message: string, line?: number): void => {
    shown.broken = true;
    report(message, line);
  };
  const block = readBlock(fence);
  const wrong = block.find(({ mark }) => !" +-".includes(mark));
  if (wrong) {
    return fail(`A line of a diff begins with " ", "+" or "-": ${wrong.text}`, wrong.line);
  }
  if (!block.some(({ text }) => text.trim() !== "" && !ELISION.test(text))) {
    return fail(`This block of ${file} is empty.`);
  }
  const sides = [
    { marks: " +", source: step, shown: shown.after },
    { marks: " -", source: previous, shown: shown.before },
  ];
  if (fence.language !== "diff") sides.pop();
  for (const { marks, source, shown } of sides) {
    const parts = splitAtElisions(block.filter(({ mark }) => marks.includes(mark)));
    if (parts.length === 0) continue;
    const lines = source?.files.get(file);
    if (!source || !lines) {
      const where = source ? `${source.name} has no file ${file}` : "There is no step before";
      const what = marks === " -" ? ", so nothing in it can stay or go" : "";
      return fail(`${where}${what}.`, parts[0]?.[0]?.line);
    }
    const mismatch = findMismatch(parts.map(texts), lines);
    if (mismatch) {
      const bad = parts[mismatch.part]?.[mismatch.index];
      return fail(
        `The block \`\`\`${fence.language} ${file} (line ${fence.line}) is not what stands in ` +
          `steps/${source.name}/${file}.\n${describeMismatch(mismatch, file, lines)}`,
        bad?.line,
      );
    }
    for (const part of parts) markShown(part, lines, shown);
  }
}

function readBlock({ language, content, line }: Fence): BlockLine[] {
  const lines = content.split("\n");
  lines.pop();
  return lines.map((text, index) => {
    const place = line + 1 + index;
    if (language !== "diff") return { text, line: place, mark: " " };
    // Editors like to take the blank of an empty context line away.
    if (text === "") return { text, line: place, mark: " " };
    // An elision may stand at the left edge, where diffs have their marks.
    if (ELISION.test(text)) return { text, line: place, mark: " " };
    return { text: text.slice(1), line: place, mark: text[0] as BlockLine["mark"] };
  });
}

/** The parts between left-out lines, without the empty lines around them. */
function splitAtElisions(block: BlockLine[]): BlockLine[][] {
  const parts: BlockLine[][] = [[]];
  for (const line of block) {
    if (ELISION.test(line.text)) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  const isText = ({ text }: BlockLine): boolean => text !== "";
  return parts
    .map((part) => part.slice(Math.max(0, part.findIndex(isText)), part.findLastIndex(isText) + 1))
    .filter((part) => part.length > 0);
}

function texts(part: BlockLine[]): string[] {
  return part.map(({ text }) => text);
}

/** Notes a part as shown: where it stands more than once, at the first place not shown yet. */
function markShown(part: BlockLine[], lines: readonly string[], shown: Shown): void {
  const places: number[] = [];
  for (let start = 0; start + part.length <= lines.length; start += 1) {
    if (part.every(({ text }, index) => text === lines[start + index])) places.push(start);
  }
  const news = (start: number): number =>
    part.filter((_, index) => !shown.lines.has(start + index)).length;
  const best = Math.max(...places.map(news));
  const start = places.find((place) => news(place) === best) ?? 0;
  part.forEach((line, index) => {
    shown.lines.add(start + index);
    if (line.mark !== " ") shown.marked.set(start + index, line);
  });
}

/** Every changed line is shown, and every line that is marked as changed has changed. */
function checkCoverage(
  lesson: Lesson,
  step: StepFiles,
  previous: StepFiles | undefined,
  shown: Map<string, ShownFile>,
): Finding[] {
  const findings: Finding[] = [];
  const names = new Set([...step.files.keys(), ...(previous?.files.keys() ?? [])]);
  for (const file of [...names].filter(isStepCode).sort()) {
    const [before, after] = [previous?.files.get(file), step.files.get(file)];
    const { broken, line, ...sides } = shownFile(shown, file);
    if (broken) continue;
    const report = (message: string, place = line): void => {
      findings.push({ file: lesson.file, line: place, message });
    };
    if (!after) {
      const mentioned = lesson.paragraphs.some(({ text }) => text.includes(file));
      if (!mentioned) report(`The step drops ${file}, and the lesson does not mention it.`);
      continue;
    }
    // The first page comes as a whole: the lesson explains only what it wants to.
    if (!before && isPage(file)) continue;
    const hunks = changesOf(file, before ?? [], after);
    const added = hunks.flatMap((hunk) => hunk.added);
    const removed = hunks.flatMap((hunk) => hunk.removed);
    checkSide(added, after, sides.after, (lines) => {
      report(
        `The step adds this to ${file}, and no block of the lesson shows it:\n` +
          numbered(lines, after),
      );
    });
    // Removed lines have to be marked as such: as context they would look as if they stayed.
    const gone = { lines: new Set(sides.before.marked.keys()), marked: sides.before.marked };
    const matters = removed.filter((line) => !TRIVIAL.test(before?.[line] ?? ""));
    checkSide(matters, before ?? [], gone, (lines) => {
      report(
        `The step removes this from ${file}, and no \`\`\`diff ${file} shows it with "-":\n` +
          numbered(lines, before ?? []),
      );
    });
    const wrong = [
      { sign: "+", marked: sides.after.marked, changed: added, has: "has been there before" },
      { sign: "-", marked: sides.before.marked, changed: removed, has: "is still there" },
    ];
    for (const { sign, marked, changed, has } of wrong) {
      for (const [position, block] of marked) {
        if (changed.includes(position) || TRIVIAL.test(block.text)) continue;
        const message = `This line of ${file} is marked with "${sign}", but it ${has}:`;
        report(`${message}\n  ${block.text}`, block.line);
      }
    }
  }
  return findings;
}

/**
 * Reports the changed lines that are not shown, run by run. Where equal lines stand in several
 * places, a diff may have chosen another one of them than the author: `marked` lines that the diff
 * holds for unchanged then count for an equal one that is not marked, and leave `marked`. Of lone brackets
 * and the like, any that is shown counts.
 */
function checkSide(
  changed: number[],
  lines: readonly string[],
  { lines: shown, marked }: Shown,
  report: (run: number[]) => void,
): void {
  const twins = changed.filter((line) => !marked.has(line));
  const settled = new Set(shown);
  for (const [position, { text }] of [...marked]) {
    if (changed.includes(position)) continue;
    const twin = twins.findIndex((line) => lines[line] === text);
    if (twin === -1) continue;
    for (const line of twins.splice(twin, 1)) settled.add(line);
    marked.delete(position);
  }
  const others = [...shown].filter((line) => !changed.includes(line));
  const missing = changed.filter((line) => {
    const text = lines[line] ?? "";
    if (settled.has(line) || text.trim() === "") return false;
    if (!TRIVIAL.test(text)) return true;
    const twin = others.findIndex((other) => lines[other] === text);
    return twin === -1 || others.splice(twin, 1).length === 0;
  });
  let run: number[] = [];
  for (const line of missing) {
    if (run.length > 0 && line !== (run.at(-1) ?? 0) + 1) {
      report(run);
      run = [];
    }
    run.push(line);
  }
  if (run.length > 0) report(run);
}

function numbered(positions: number[], lines: readonly string[]): string {
  return positions.map((line) => `  ${String(line + 1).padStart(4)} | ${lines[line]}`).join("\n");
}
