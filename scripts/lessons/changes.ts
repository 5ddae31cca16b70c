import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diffArrays } from "diff";
import { walk } from "../lib/files.ts";

/** A step as the gates see it: the lines of its files, by name. */
export interface StepFiles {
  /** The folder's name, `03-accept-key`. */
  name: string;
  files: ReadonlyMap<string, readonly string[]>;
}

/** A run of neighbouring lines that went, came, or both; positions in the files, from 0. */
export interface Hunk {
  removed: number[];
  added: number[];
}

/** Reads all files of a step. `name` is its folder's name. */
export function readStepFiles({ name, folder }: { name: string; folder: string }): StepFiles {
  const files = walk(folder).map(
    (file) => [file, toLines(readFileSync(join(folder, file), "utf8"))] as const,
  );
  return { name, files: new Map(files) };
}

/** The lines of a text; the line feed at its end begins no further one. */
export function toLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Whether a file is code that the lesson builds: a module or a page; no test, exercise or mistake. */
export function isStepCode(file: string): boolean {
  if (/^(exercises|mistakes)\//.test(file)) return false;
  if (/\.(test|browser)\.ts$/.test(file)) return false;
  return file.endsWith(".ts") || isPage(file);
}

export function isPage(file: string): boolean {
  return file.endsWith(".html");
}

/** What changed in a file's code, hunk by hunk. In a page, only what stands in a script is code. */
export function changesOf(
  file: string,
  before: readonly string[],
  after: readonly string[],
): Hunk[] {
  const isOldCode = codeLines(file, before);
  const isNewCode = codeLines(file, after);
  const hunks: Hunk[] = [];
  let [oldLine, newLine] = [0, 0];
  let hunk: Hunk | undefined;
  for (const { added, removed, value } of diffArrays([...before], [...after])) {
    if (!added && !removed) {
      hunk = undefined;
      oldLine += value.length;
      newLine += value.length;
      continue;
    }
    if (!hunk) hunks.push((hunk = { removed: [], added: [] }));
    for (const _ of value) {
      if (added) hunk.added.push(newLine++);
      else hunk.removed.push(oldLine++);
    }
  }
  return hunks
    .map(({ removed, added }) => ({
      removed: removed.filter((line) => isOldCode[line]),
      added: added.filter((line) => isNewCode[line]),
    }))
    .filter(({ removed, added }) => removed.length + added.length > 0);
}

function codeLines(file: string, lines: readonly string[]): boolean[] {
  if (!isPage(file)) return lines.map(() => true);
  let inside = false;
  return lines.map((line) => {
    if (/<\/script>/.test(line)) inside = false;
    const code = inside;
    if (/<script\b[^>]*>\s*$/.test(line)) inside = true;
    return code;
  });
}
