import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { courseRoot } from "../lib/root.ts";
import { git } from "./git.ts";
import { isBinary, sameContent, toText } from "./text.ts";

export interface StoredFile {
  data: Buffer;
  /** The permission bits. */
  mode: number;
}

/** The files of a step, by their names within the step's folder, with slashes. */
export type Files = Map<string, StoredFile>;

/** One difference between two states of a folder. */
export type Change =
  | { kind: "added"; to: string }
  | { kind: "deleted"; from: string }
  /** Modified, renamed if the names differ, or both. */
  | { kind: "modified"; from: string; to: string };

/** What is different in `after`. Line endings do not count. */
export function changesBetween(before: Files, after: Files): Change[] {
  const renames = renamesBetween(before, after);
  const arrivals = new Set(renames.values());
  const changes: Change[] = [];
  for (const [name, file] of before) {
    const to = after.has(name) ? name : renames.get(name);
    const now = to === undefined ? undefined : after.get(to);
    if (to === undefined || now === undefined) changes.push({ kind: "deleted", from: name });
    else if (to !== name || !sameContent(file.data, now.data)) {
      changes.push({ kind: "modified", from: name, to });
    }
  }
  for (const name of after.keys()) {
    if (!before.has(name) && !arrivals.has(name)) changes.push({ kind: "added", to: name });
  }
  return changes.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The name that a change has in messages: that of the edited file. */
export function nameOf(change: Change): string {
  return change.kind === "deleted" ? change.from : change.to;
}

/** Which files were renamed, old name to new, going by the similarity that git finds. */
export function renamesBetween(before: Files, after: Files): Map<string, string> {
  const gone = [...before].filter(([name]) => !after.has(name));
  const fresh = [...after].filter(([name]) => !before.has(name));
  const renames = new Map<string, string>();
  if (gone.length === 0 || fresh.length === 0) return renames;

  const folder = scratch();
  try {
    for (const [side, files] of [["old", gone], ["new", fresh]] as const) {
      for (const [name, { data }] of files) {
        const path = join(folder, side, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, isBinary(data) ? data : toText(data), "latin1");
      }
    }
    const args = ["diff", "--no-index", "--no-ext-diff", "-M", "--name-status", "-z"];
    const { stdout } = git(["-C", folder, ...args, "old", "new"]);
    // R<similarity>, the old path and the new one; A, D and M have one path.
    for (const [, from, to] of stdout.toString().matchAll(/R\d+\0old\/([^\0]+)\0new\/([^\0]+)\0/g)) {
      renames.set(from!, to!);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return renames;
}

/** A new temporary folder; whoever asks for it removes it. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), "course-propagate-"));
}

/** Writes a file of the course, or deletes it, with the folders that come or go with it. */
export function putFile(path: string, file: StoredFile | undefined): void {
  const absolute = join(courseRoot, path);
  if (file) {
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, file.data, { mode: file.mode });
    return;
  }
  rmSync(absolute, { force: true });
  // steps/NN-slug itself stays.
  for (let folder = dirname(path); folder.split("/").length > 2; folder = dirname(folder)) {
    try {
      rmdirSync(join(courseRoot, folder));
    } catch {
      break;
    }
  }
}

const STEP_LOCAL = ["README.md", "hints.md", "server.test.ts", "client.browser.ts", "mistakes", "exercises"];

/** Tells which files are carried: all but those that belong to one lesson, plus `include`. */
export function carriedFilter(include: string[]): (name: string) => boolean {
  const local = STEP_LOCAL.map((name) => new RegExp(`^${name.replaceAll(".", "\\.")}(/|$)`));
  const included = include.map(pathPattern);
  return (name) =>
    !local.some((pattern) => pattern.test(name)) || included.some((pattern) => pattern.test(name));
}

/**
 * A pattern for paths from a glob or a plain name: `*` stands for anything but slashes, `**` for
 * anything, `?` for one character. Without a slash it matches a file's or folder's name anywhere.
 */
export function pathPattern(glob: string): RegExp {
  const plain = glob.replaceAll("\\", "/").replace(/^\.\//, "").replace(/\/+$/, "");
  const source = plain.replace(/\*\*\/?|[*?]|[.+^${}()|[\]]/g, (found) => {
    if (found === "**/") return "(?:.*/)?";
    if (found === "**") return ".*";
    if (found === "*") return "[^/]*";
    return found === "?" ? "[^/]" : `\\${found}`;
  });
  return new RegExp(`^${plain.includes("/") ? "" : "(?:.*/)?"}${source}(?:/|$)`);
}

/** The files that `keep` lets through. */
export function pickFiles(files: Files, keep: (name: string) => boolean): Files {
  return new Map([...files].filter(([name]) => keep(name)));
}
