import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { structuredPatch } from "diff";
import { walk } from "../lib/files.ts";
import type { Step } from "../lib/steps.ts";
import { isStepCode } from "./changes.ts";

/** What happened to one file between two steps. */
export interface FileChange {
  file: string;
  status: "new" | "removed" | "changed";
  /** How many lines came. */
  added: number;
  /** How many lines went. */
  removed: number;
  /** The file's text before and after; empty where there is no such file. */
  before: string;
  after: string;
  hunks: FileHunk[];
}

/** Neighbouring lines, as in a unified diff: each begins with a space, `+`, `-` or `\`. */
export interface FileHunk {
  /** The first line in the old and in the new file, from 1. */
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  lines: string[];
}

export interface CompareOptions {
  /** Everything, not only the code. */
  all?: boolean;
  /** How many unchanged lines stand around a change. */
  context?: number;
}

/** The files that differ between two steps, in the order of {@link byImportance}. Without `from`, all files of `to` are new. */
export function compareSteps(
  from: Step | undefined,
  to: Step,
  { all = false, context = 3 }: CompareOptions = {},
): FileChange[] {
  const before = readTexts(from, all);
  const after = readTexts(to, all);
  const files = [...new Set([...before.keys(), ...after.keys()])].sort(byImportance);
  const changes: FileChange[] = [];
  for (const file of files) {
    const [old, now] = [before.get(file), after.get(file)];
    if (old === now) continue;
    const { hunks } = structuredPatch(file, file, old ?? "", now ?? "", "", "", { context });
    const lines = hunks.flatMap((hunk) => hunk.lines);
    changes.push({
      file,
      status: old === undefined ? "new" : now === undefined ? "removed" : "changed",
      added: lines.filter((line) => line.startsWith("+")).length,
      removed: lines.filter((line) => line.startsWith("-")).length,
      before: old ?? "",
      after: now ?? "",
      hunks,
    });
  }
  return changes;
}

/** What one came for first: the server, its modules, its clients, and then all that is no code. */
function byImportance(one: string, other: string): number {
  return rank(one) - rank(other) || (one < other ? -1 : 1);
}

function rank(file: string): number {
  if (!isStepCode(file)) return 4;
  if (file === "server.ts") return 0;
  if (!file.startsWith("client.")) return 1;
  return file.endsWith(".html") ? 3 : 2;
}

/** The files of a step by name, as text: binary ones as a note of their size. */
function readTexts(step: Step | undefined, all: boolean): Map<string, string> {
  const files = new Map<string, string>();
  if (!step || !existsSync(step.folder)) return files;
  for (const name of walk(step.folder)) {
    if (!all && !isStepCode(name)) continue;
    const content = readFileSync(join(step.folder, name));
    const text = content.includes(0)
      ? `(binary, ${content.length} bytes)\n`
      : content.toString().replaceAll("\r\n", "\n");
    files.set(name, text);
  }
  return files;
}
