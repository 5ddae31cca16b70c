import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { structuredPatch } from "diff";
import { isStepCode } from "../lessons/changes.ts";
import { walk } from "../lib/files.ts";
import { paint, type Colour } from "../lib/colours.ts";
import type { Step } from "../lib/steps.ts";
import type { PracticeFolder } from "./folder.ts";

const COLOURS: Partial<Record<string, Colour>> = { "+": "green", "-": "red", "@": "cyan" };

/** From the learner's files (`-`) to the course's own of a step (`+`), as a unified diff. */
export function solutionDiff(folder: PracticeFolder, step: Step): string[] {
  const ours = walk(step.folder).filter((name) => isStepCode(name) && name.endsWith(".ts"));
  const own = folder.ownFiles().filter((name) => name.endsWith(".ts"));
  const lines: string[] = [];
  for (const name of [...new Set([...ours, ...own])].sort()) {
    const [before, after] = [read(join(folder.path, name)), read(join(step.folder, name))];
    if (before === after) continue;
    const { hunks } = structuredPatch(name, name, before, after, "", "", { context: 3 });
    lines.push(paint("bold", `${name}${after === "" ? " (yours alone)" : before === "" ? " (ours alone)" : ""}`));
    for (const { oldStart, oldLines, newStart, newLines, lines: body } of hunks) {
      lines.push(paint("cyan", `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`));
      for (const line of body) {
        const colour = COLOURS[line[0] ?? ""];
        lines.push(colour === undefined ? line : paint(colour, line));
      }
    }
  }
  return lines;
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").replaceAll("\r\n", "\n") : "";
}
