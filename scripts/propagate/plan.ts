import { changesBetween, renamesBetween, type Change, type Files, type StoredFile } from "./files.ts";
import { mergeTexts, type Labels } from "./merge.ts";
import { placeEdit, type Placement } from "./place.ts";
import { isBinary, sameContent, toData, toText } from "./text.ts";

/** A step whose files an edit has changed: the lesson before this one, as far as a plan goes. */
export interface EditedStep {
  /** `step 02`. */
  label: string;
  before: Files;
  after: Files;
}

/**
 * What a plan does where both sides have changed the same lines: `mark` leaves conflict markers,
 * `favour-edit` takes the edit (to look ahead), `keep` leaves the step's file as it is.
 */
export type OnConflict = "mark" | "favour-edit" | "keep";

export interface Conflict {
  file: string;
  /** `lines`: marked in the file; otherwise why the maintainer has to decide, in words. */
  reason: "lines" | string;
  /** The file as `git merge-file` has marked it, line endings as in the merge. */
  marked?: string;
}

/** Something that a maintainer should know about a file, besides its diff. */
export interface Note {
  file: string;
  text: string;
}

/** What one step becomes. */
export interface StepPlan {
  after: Files;
  labels: Labels;
  conflicts: Conflict[];
  notes: Note[];
}

interface Work extends StepPlan {
  previous: EditedStep;
  /** The step's files as they are. */
  now: Files;
  /** Old name to new, for files that this step renames. */
  renames: Map<string, string>;
  onConflict: OnConflict;
}

/** Carries what has changed in `previous` into the next step, whose files are `now`. */
export function planStep(
  previous: EditedStep,
  label: string,
  now: Files,
  onConflict: OnConflict,
): StepPlan {
  const work: Work = {
    previous,
    now,
    renames: renamesBetween(previous.before, now),
    onConflict,
    after: new Map(now),
    labels: {
      current: label,
      base: `${previous.label} (before)`,
      edited: `${previous.label} (edited)`,
    },
    conflicts: [],
    notes: [],
  };
  for (const change of changesBetween(previous.before, previous.after)) carry(work, change);
  const { after, labels, conflicts, notes } = work;
  return { after, labels, conflicts, notes };
}

function carry(work: Work, change: Change): void {
  if (change.kind === "added") carryAddition(work, change.to);
  else if (change.kind === "deleted") carryDeletion(work, change.from);
  else carryModification(work, change.from, change.to);
}

function carryAddition(work: Work, name: string): void {
  const added = work.previous.after.get(name)!;
  const own = work.now.get(name);
  if (!own) work.after.set(name, added);
  else if (sameContent(own.data, added.data)) noteAlready(work, name);
  else note(work, name, `${work.labels.current} has a file of this name already: left as it is`);
}

function carryDeletion(work: Work, name: string): void {
  const target = whereIs(work, name);
  if (target === undefined) {
    return note(work, name, `ends here: ${work.labels.current} does not have it anyway`);
  }
  const unchanged = sameContent(work.now.get(target)!.data, work.previous.before.get(name)!.data);
  if (unchanged || work.onConflict === "favour-edit") {
    work.after.delete(target);
    return;
  }
  const difference =
    target === name ? "is different from what was deleted" : `is called ${target} and is different`;
  work.conflicts.push({
    file: target,
    reason:
      `${work.previous.label} (edited) deletes ${name}, but here it ${difference}: ` +
      "delete it or keep it",
  });
}

function carryModification(work: Work, from: string, to: string): void {
  const base = work.previous.before.get(from)!;
  const edited = work.previous.after.get(to)!;
  const target = whereIs(work, from);
  if (target !== undefined && target !== from) {
    note(work, target, `is what ${from} is called from here on`);
  }

  // A name that the edit changes changes here too, unless this step has other plans for it.
  const renamed = from !== to && target === from;
  if (renamed && work.now.has(to)) note(work, to, `exists here already, so ${from} keeps its name`);
  const moveTo = renamed && !work.now.has(to) ? to : undefined;

  const files = [base, edited, target === undefined ? undefined : work.now.get(target)];
  const binary = files.some((file) => file && isBinary(file.data));
  if (binary) carryBinary(work, base, edited, target, from);
  else carryLines(work, base, edited, target, from);

  if (moveTo === undefined) return;
  const file = work.after.get(from)!;
  work.after.delete(from);
  work.after.set(moveTo, file);
  for (const conflict of work.conflicts) if (conflict.file === from) conflict.file = moveTo;
}

function carryBinary(
  work: Work,
  base: StoredFile,
  edited: StoredFile,
  target: string | undefined,
  name: string,
): void {
  if (target === undefined) return noteGone(work, name);
  const now = work.now.get(target)!;
  if (sameContent(now.data, edited.data)) return noteAlready(work, target);
  if (sameContent(now.data, base.data) || work.onConflict === "favour-edit") {
    work.after.set(target, { ...now, data: edited.data });
    return;
  }
  work.conflicts.push({
    file: target,
    reason:
      `is not text, and ${work.labels.current} has a version of its own: ` +
      "replace it by hand, or keep it",
  });
}

function carryLines(
  work: Work,
  base: StoredFile,
  edited: StoredFile,
  target: string | undefined,
  name: string,
): void {
  const edit = { base: toText(base.data), edited: toText(edited.data) };
  // A rename that changes no line.
  if (edit.base === edit.edited) return target === undefined ? noteGone(work, name) : undefined;

  const candidates = [...work.now]
    .filter(([, { data }]) => !isBinary(data))
    .map(([name, { data }]) => {
      const before = work.previous.before.get(name);
      return { name, text: toText(data), before: before ? toText(before.data) : "" };
    })
    .filter(({ text, before }) => text !== before);
  const now = target === undefined ? undefined : work.now.get(target);
  const own = target !== undefined && now ? { name: target, text: toText(now.data) } : undefined;
  const placements = placeEdit(edit, own, candidates);
  for (const placement of placements) carryPlacement(work, placement, target, name);
}

function carryPlacement(
  work: Work,
  { file, edit, twins }: Placement,
  target: string | undefined,
  name: string,
): void {
  if (file === undefined) return noteGone(work, name);
  if (file !== target) note(work, file, `holds lines of ${name} from here on: their edit goes here`);
  for (const twin of twins) {
    note(work, twin, `has the same lines as ${file}: look whether it needs the edit too`);
  }

  const now = work.after.get(file)!;
  const current = toText(now.data);
  const favourEdit = work.onConflict === "favour-edit";
  const merged = mergeTexts(current, edit.base, edit.edited, work.labels, favourEdit);
  if (merged.conflicts > 0) {
    work.conflicts.push({ file, reason: "lines", marked: merged.text });
    if (work.onConflict === "keep") return;
  } else if (merged.text === current) return noteAlready(work, file);
  work.after.set(file, { ...now, data: toData(merged.text, now.data) });
}

/** What the next step calls a file, if it has it at all. */
function whereIs({ now, renames }: Work, name: string): string | undefined {
  return now.has(name) ? name : renames.get(name);
}

function note(work: Work, file: string, text: string): void {
  work.notes.push({ file, text });
}

function noteAlready(work: Work, file: string): void {
  note(work, file, `ends here: ${work.labels.current} has this change already`);
}

function noteGone(work: Work, file: string): void {
  note(work, file, `ends here: ${work.labels.current} has no ${file} and not these lines either`);
}
