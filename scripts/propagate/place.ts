import { diffArrays } from "diff";
import { mergeTexts, type Labels } from "./merge.ts";
import { splitLines } from "./text.ts";

/*
 * A step may take lines out of one file and put them into another. Then an edit of these lines
 * has to follow them. So the edit is cut into its hunks, and each is tried on its own, against the
 * file of the same name and against the files into which the lines around it have moved.
 */

/** An edit of one file: the lines before and after. */
export interface Edit {
  base: string;
  edited: string;
}

/** A file of the next step into which lines may have moved. */
export interface Candidate {
  name: string;
  text: string;
  /** What this file held in the step before, if it was there. */
  before: string;
}

/** What of an edit goes into one file. */
export interface Placement {
  /** The file, or nothing if the lines are gone in this step. */
  file: string | undefined;
  /** The edit, cut to the hunks that belong here and indented as the file is. */
  edit: Edit;
  /** Files that hold the same lines, so that they may need the edit as well. */
  twins: string[];
}

interface Hunk {
  /** How many lines of the base come before. */
  start: number;
  removed: number;
  added: string[];
}

interface Choice {
  file: string | undefined;
  shift: number;
  twins: string[];
}

/** How much deeper the lines may be indented in their new place, in spaces. */
const SHIFTS = [0, 2, -2, 4, -4];

/** How many of the telling lines around a hunk must be in a file that is said to hold them now. */
const ENOUGH = 0.5;

const NO_LABELS: Labels = { current: "", base: "", edited: "" };

/** Decides for each hunk of `edit` which file of the next step it belongs to. */
export function placeEdit(
  edit: Edit,
  target: { name: string; text: string } | undefined,
  candidates: Candidate[],
): Placement[] {
  const lines = splitLines(edit.base);
  const hunks = hunksOf(edit);
  const others = candidates.filter(({ name }) => name !== target?.name);
  const isMoved = (hunk: Hunk): boolean => hasMoved(lines, hunk, target?.text ?? "", others);
  if (target && fits(target.text, edit) && !hunks.some(isMoved)) {
    return [{ file: target.name, edit, twins: [] }];
  }

  const groups = new Map<string, { choice: Choice; hunks: Hunk[] }>();
  for (const hunk of hunks) {
    const choice = choose(lines, hunk, target, others);
    const key = JSON.stringify(choice);
    const group = groups.get(key) ?? { choice, hunks: [] };
    group.hunks.push(hunk);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ choice: { file, shift, twins }, hunks }) => ({
    file,
    twins,
    edit: indent({ base: edit.base, edited: applyHunks(lines, hunks) }, shift),
  }));
}

function choose(
  lines: string[],
  hunk: Hunk,
  target: { name: string; text: string } | undefined,
  others: Candidate[],
): Choice {
  const anchors = anchorsOf(lines, hunk);
  const moved = others
    .map((candidate) => ({ ...candidate, score: movedScore(anchors, candidate) }))
    .filter(({ score }) => score >= ENOUGH)
    .sort((a, b) => b.score - a.score);
  const own = target && { ...target, score: presence(anchors, target.text) };
  // Going by the lines around it, it stayed; or nothing says that it went.
  const stayed = own && (own.score >= ENOUGH || moved.length === 0) ? [own] : [];

  const places = [...stayed, ...moved].sort((a, b) => b.score - a.score);
  const single = { base: lines.join(""), edited: applyHunks(lines, [hunk]) };
  const fitting = places.flatMap((place) => {
    const shift = SHIFTS.find(
      (shift) => (shift === 0 || place.score >= ENOUGH) && fits(place.text, indent(single, shift)),
    );
    return shift === undefined ? [] : [{ ...place, shift }];
  });
  const [best, ...rest] = fitting;
  // It fits nowhere: the conflict goes where most of the lines are.
  if (!best) return { file: places[0]?.name ?? own?.name, shift: 0, twins: [] };
  const twins = rest.filter(({ score }) => score === best.score).map(({ name }) => name);
  return { file: best.name, shift: best.shift, twins };
}

function fits(text: string, { base, edited }: Edit): boolean {
  return mergeTexts(text, base, edited, NO_LABELS).conflicts === 0;
}

function hasMoved(lines: string[], hunk: Hunk, text: string, others: Candidate[]): boolean {
  const anchors = anchorsOf(lines, hunk);
  const best = Math.max(0, ...others.map((candidate) => movedScore(anchors, candidate)));
  return best >= ENOUGH && best > presence(anchors, text);
}

/** The lines of the base around a hunk that say where it belongs: no braces, nothing repeated. */
function anchorsOf(lines: string[], { start, removed }: Hunk): string[] {
  const near = lines.slice(Math.max(0, start - 3), start + removed + 3);
  const telling = near.map((line) => line.trim()).filter((line) => /\w{3}/.test(line));
  return telling.filter((line) => lines.filter((other) => other.trim() === line).length === 1);
}

/** Which share of the lines is in `text`, however indented. */
function presence(anchors: string[], text: string): number {
  if (anchors.length === 0) return 0;
  const present = new Set(splitLines(text).map((line) => line.trim()));
  return anchors.filter((line) => present.has(line)).length / anchors.length;
}

/** As {@link presence}, but nothing has moved into a file that held the lines in the step before. */
function movedScore(anchors: string[], { text, before }: Candidate): number {
  const score = presence(anchors, text);
  return score > presence(anchors, before) ? score : 0;
}

function hunksOf({ base, edited }: Edit): Hunk[] {
  const hunks: Hunk[] = [];
  let start = 0;
  let hunk: Hunk | undefined;
  for (const { added, removed, value } of diffArrays(splitLines(base), splitLines(edited))) {
    if (!added && !removed) {
      start += value.length;
      hunk = undefined;
      continue;
    }
    if (!hunk) hunks.push((hunk = { start, removed: 0, added: [] }));
    if (added) hunk.added.push(...value);
    else {
      hunk.removed += value.length;
      start += value.length;
    }
  }
  return hunks;
}

function applyHunks(lines: string[], hunks: Hunk[]): string {
  const result = [...lines];
  for (const { start, removed, added } of [...hunks].reverse()) {
    result.splice(start, removed, ...added);
  }
  return result.join("");
}

function indent({ base, edited }: Edit, shift: number): Edit {
  const move = (text: string): string => {
    if (shift === 0) return text;
    if (shift > 0) return text.replace(/^(?=[^\n])/gm, " ".repeat(shift));
    return text.replace(new RegExp(`^ {${-shift}}`, "gm"), "");
  };
  return { base: move(base), edited: move(edited) };
}
