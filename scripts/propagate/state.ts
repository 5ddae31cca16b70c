import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../lib/cli.ts";
import { courseRoot } from "../lib/root.ts";
import { putFile, type Files, type StoredFile } from "./files.ts";
import { headCommit, statePath } from "./git.ts";
import type { Conflict } from "./plan.ts";

/**
 * A run, remembered in `.git/propagate.json`:
 * - `writing` while files are written; nobody sees it unless the run was killed;
 * - `stopped` at a conflict;
 * - `finished`, so that `--abort` can still take it back.
 */
export interface RunState {
  version: 1;
  phase: "writing" | "stopped" | "finished";
  /** The folder's name of the edited step. */
  step: string;
  /** The commit that was checked out. */
  head: string | undefined;
  include: string[];
  test: boolean;
  /** The folder's name of the step that is being written or has conflicts. */
  at: string | undefined;
  conflicts: Pick<Conflict, "file" | "reason">[];
  /** The carried files of the step `at` as they were. */
  before: Record<string, Encoded>;
  /** Every file that the run has written or deleted, as it was: `null` if there was none. */
  originals: Record<string, Encoded | null>;
  /** Once finished: the hash of each of them as the run has left it. */
  left: Record<string, string | null>;
}

interface Encoded {
  data: string;
  mode: number;
}

/** The run that this checkout remembers, if any. */
export function loadState(): RunState | undefined {
  const path = statePath();
  if (!existsSync(path)) return undefined;
  try {
    const state = JSON.parse(readFileSync(path, "utf8")) as RunState;
    if (state.version === 1) return state;
  } catch {
    // Said below.
  }
  throw new Failure(`The run in ${path} cannot be read: delete that file to start anew.`);
}

/** Remembers a run. */
export function saveState(state: RunState): void {
  writeFileSync(statePath(), `${JSON.stringify(state)}\n`);
}

/** Forgets the run. */
export function forgetState(): void {
  rmSync(statePath(), { force: true });
}

/** Marks a run as finished, and remembers how it has left its files. */
export function finishState(state: RunState): void {
  const left = Object.fromEntries(Object.keys(state.originals).map((path) => [path, hashOf(path)]));
  saveState({ ...state, phase: "finished", at: undefined, conflicts: [], before: {}, left });
}

/** Whether a finished run can be taken back without losing what came after it. */
export function isUntouchedSince(state: RunState): boolean {
  return (
    state.phase === "finished" &&
    state.head === headCommit() &&
    Object.entries(state.left).every(([path, hash]) => hashOf(path) === hash)
  );
}

/** Puts back every file that the run has touched, and says which. */
export function restoreOriginals(state: RunState): string[] {
  for (const [path, file] of Object.entries(state.originals)) {
    putFile(path, file ? decode(file) : undefined);
  }
  return Object.keys(state.originals);
}

/** Notes down how files are before they are written; no run writes a file twice. */
export function keepOriginals(originals: RunState["originals"], paths: string[]): void {
  for (const path of paths) {
    const absolute = join(courseRoot, path);
    originals[path] = existsSync(absolute)
      ? encode({ data: readFileSync(absolute), mode: lstatSync(absolute).mode & 0o777 })
      : null;
  }
}

/** The form in which JSON can hold files. */
export function encodeFiles(files: Files): Record<string, Encoded> {
  return Object.fromEntries([...files].map(([name, file]) => [name, encode(file)]));
}

/** The reverse of {@link encodeFiles}. */
export function decodeFiles(files: Record<string, Encoded>): Files {
  return new Map(Object.entries(files).map(([name, file]) => [name, decode(file)]));
}

function encode({ data, mode }: StoredFile): Encoded {
  return { data: data.toString("base64"), mode };
}

function decode({ data, mode }: Encoded): StoredFile {
  return { data: Buffer.from(data, "base64"), mode };
}

function hashOf(path: string): string | null {
  const absolute = join(courseRoot, path);
  if (!existsSync(absolute)) return null;
  return createHash("sha256").update(readFileSync(absolute)).digest("hex");
}
