import { existsSync, readFileSync, renameSync } from "node:fs";
import { basename } from "node:path";
import { writeWhole } from "./atomic.ts";

/** What is kept of a learner's way, in `practice/progress.json`. */
export type Progress = {
  version: 1;
  /** The slug of the step that is being worked on. */
  step?: string;
  /** When each step was passed, as an ISO date, by its slug. */
  done: Record<string, string>;
  /** The learner's own command, if it is not `server.ts` that runs. */
  command?: string;
};

/** What was read, and what there is to say about it. */
export type ReadProgress = { progress: Progress; warning?: string };

/** Reads the progress. A file that makes no sense is kept beside it, and the progress begins anew. */
export function readProgress(path: string): ReadProgress {
  if (!existsSync(path)) return { progress: { version: 1, done: {} } };
  const progress = parseProgress(readFileSync(path, "utf8"));
  if (progress !== undefined) return { progress };
  const aside = `${path}.broken-${new Date().toISOString().replaceAll(":", "-")}`;
  renameSync(path, aside);
  const warning = `${basename(path)} could not be read; it is kept as ${basename(aside)}, and the progress begins anew.`;
  return { progress: { version: 1, done: {} }, warning };
}

/** Takes the text of a `progress.json` apart; `undefined` if it is none. */
export function parseProgress(text: string): Progress | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof kept !== "object" || kept === null) return undefined;
  const { version, step, done, command } = kept as Record<string, unknown>;
  if (version !== 1 || typeof done !== "object" || done === null) return undefined;
  const progress: Progress = { version: 1, done: {} };
  if (typeof step === "string") progress.step = step;
  if (typeof command === "string") progress.command = command;
  for (const [slug, date] of Object.entries(done)) if (typeof date === "string") progress.done[slug] = date;
  return progress;
}

/** Keeps the progress. */
export function writeProgress(path: string, progress: Progress): Promise<void> {
  return writeWhole(path, `${JSON.stringify(progress, null, 2)}\n`);
}
