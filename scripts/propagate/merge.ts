import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "./files.ts";
import { git } from "./git.ts";

/** How the three sides of a merge are called behind the conflict markers. */
export interface Labels {
  current: string;
  base: string;
  edited: string;
}

export interface Merged {
  text: string;
  conflicts: number;
}

/**
 * Three-way merge by `git merge-file`: what leads from `base` to `edited` is done to `current`.
 * Conflicts are marked with all three sides, or solved in favour of the edit.
 */
export function mergeTexts(
  current: string,
  base: string,
  edited: string,
  labels: Labels,
  favourEdit = false,
): Merged {
  if (current === base || base === edited) {
    return { text: base === edited ? current : edited, conflicts: 0 };
  }
  const folder = scratch();
  try {
    const paths = Object.entries({ current, base, edited }).map(([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text, "latin1");
      return path;
    });
    const names = [labels.current, labels.base, labels.edited].flatMap((label) => ["-L", label]);
    const options = ["-p", "--diff3", ...(favourEdit ? ["--theirs"] : []), ...names];
    const { code, stdout, stderr } = git(["merge-file", ...options, ...paths]);
    // The exit code is the number of conflicts, up to 127.
    if (code > 127) throw new Error(`git merge-file failed: ${stderr}`);
    return { text: stdout.toString("latin1"), conflicts: code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A passage between conflict markers. */
export interface ConflictPassage {
  /** The number of the line with the first marker. */
  line: number;
  current: string[];
  base: string[];
  edited: string[];
}

/** The passages that {@link mergeTexts} has marked in `text`. */
export function conflictPassages(text: string, labels: Labels): ConflictPassage[] {
  const passages: ConflictPassage[] = [];
  let passage: ConflictPassage | undefined;
  let side: "current" | "base" | "edited" = "current";
  for (const [index, line] of text.split("\n").entries()) {
    if (line === `<<<<<<< ${labels.current}`) {
      passage = { line: index + 1, current: [], base: [], edited: [] };
      passages.push(passage);
      side = "current";
    } else if (!passage) continue;
    else if (side === "current" && line === `||||||| ${labels.base}`) side = "base";
    else if (side === "base" && line === "=======") side = "edited";
    else if (side === "edited" && line === `>>>>>>> ${labels.edited}`) passage = undefined;
    else passage[side].push(line);
  }
  return passages;
}

/**
 * The number of the first line with a conflict marker that is still in `text`, if any. A line that
 * was there before the merge, such as a lesson's `=======`, is no marker.
 */
export function firstMarker(text: string, before: string): number | undefined {
  const innocent = new Set(before.split(/\r?\n/));
  const lines = text.split(/\r?\n/);
  const index = lines.findIndex(
    (line) => /^(?:<{7} |\|{7} |>{7} |={7}$)/.test(line) && !innocent.has(line),
  );
  return index === -1 ? undefined : index + 1;
}
