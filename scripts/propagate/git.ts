import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Failure, UsageError } from "../lib/cli.ts";
import { courseRoot } from "../lib/root.ts";
import type { Files } from "./files.ts";

/** What a git command has said. */
export interface GitResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** Runs git in the course's root and waits for its end, whatever its exit code is. */
export function git(args: string[], input?: string): GitResult {
  const { error, status, stdout, stderr } = spawnSync("git", args, {
    cwd: courseRoot,
    input,
    maxBuffer: 1 << 28,
    windowsHide: true,
    // A dry run touches nothing, not even the index that git would refresh on the way.
    env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" },
  });
  if (error) {
    throw (error as NodeJS.ErrnoException).code === "ENOENT"
      ? new Failure("git was not found, and propagate needs it: install it, or put it in the PATH.")
      : error;
  }
  return { code: status ?? 255, stdout, stderr: stderr.toString() };
}

/** The output of a git command that has to succeed. */
function output(args: string[], input?: string): Buffer {
  const { code, stdout, stderr } = git(args, input);
  if (code === 0) return stdout;
  throw new Failure(`git ${args[0]} failed: ${firstLine(stderr)}`);
}

function firstLine(text: string): string {
  return text.trim().split(/\r?\n/)[0]?.replace(/^(fatal|error): /, "") ?? "";
}

function names(stdout: Buffer): string[] {
  return stdout.toString().split("\0").filter(Boolean);
}

/** Throws a {@link Failure} unless the course lies in a git checkout. */
export function requireCheckout(): void {
  const { code, stderr } = git(["rev-parse", "--is-inside-work-tree"]);
  if (code === 0) return;
  throw new Failure(
    /not a git repository/i.test(stderr)
      ? "The course is not in a git checkout, and propagate compares with what is committed."
      : `git cannot read this checkout: ${firstLine(stderr)}`,
  );
}

/** The file in which a run is remembered: every worktree has its own. */
export function statePath(): string {
  const path = output(["rev-parse", "--git-path", "propagate.json"]).toString();
  return resolve(courseRoot, path.replace(/\r?\n$/, ""));
}

/** The commit that `revision` names; throws a {@link UsageError} if there is none. */
export function resolveCommit(revision: string): string {
  const commit = revision.startsWith("-") ? undefined : revParse(revision);
  if (commit !== undefined) return commit;
  if (revision === "HEAD") {
    throw new Failure("Nothing is committed yet, so there is nothing to compare with.");
  }
  throw new UsageError(`There is no revision "${revision}" in this checkout.`);
}

/** The commit that is checked out, or nothing before the first one. */
export function headCommit(): string | undefined {
  return revParse("HEAD");
}

function revParse(revision: string): string | undefined {
  const { code, stdout } = git(["rev-parse", "--verify", "--quiet", `${revision}^{commit}`]);
  return code === 0 ? stdout.toString().trim() : undefined;
}

/** The names of the folders below `steps/` at a commit. */
export function stepFoldersAt(commit: string): string[] {
  return names(output(["ls-tree", "-d", "-z", "--name-only", commit, "--", "steps/"])).map((path) =>
    path.replace(/^.*\//, ""),
  );
}

/** The files below `steps/<folder>` at a commit, by name within the folder. */
export function filesAt(commit: string, folder: string): Files {
  const prefix = `steps/${folder}/`;
  const entries = names(output(["ls-tree", "-r", "-z", commit, "--", prefix])).flatMap((line) => {
    const [, mode, hash, path] = /^(100\d+) blob ([0-9a-f]+)\t([^]+)$/.exec(line) ?? [];
    // Anything else is a symbolic link or a submodule, and no step needs one.
    return path === undefined ? [] : [{ mode: parseInt(mode!, 8) & 0o777, hash: hash!, path }];
  });
  const contents = blobs(entries.map(({ hash }) => hash));
  return new Map(
    entries.map(({ path, mode }, i) => [path.slice(prefix.length), { data: contents[i]!, mode }]),
  );
}

/** The contents of blobs, in one call: `<hash> blob <size>`, a line feed, the bytes, a line feed. */
function blobs(hashes: string[]): Buffer[] {
  if (hashes.length === 0) return [];
  const stdout = output(["cat-file", "--batch"], hashes.map((hash) => `${hash}\n`).join(""));
  const contents: Buffer[] = [];
  let offset = 0;
  for (const hash of hashes) {
    const end = stdout.indexOf("\n", offset);
    const size = Number(/ blob (\d+)$/.exec(stdout.toString("utf8", offset, end))?.[1]);
    if (!Number.isInteger(size)) throw new Failure(`git has lost the object ${hash}.`);
    contents.push(stdout.subarray(end + 1, end + 1 + size));
    offset = end + 1 + size + 1;
  }
  return contents;
}

/** The files below `steps/<folder>` as they stand in the working tree, without what git ignores. */
export function workingFiles(folder: string): Files {
  const prefix = `steps/${folder}/`;
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", prefix];
  const files: Files = new Map();
  for (const path of new Set(names(output(args)))) {
    const absolute = join(courseRoot, path);
    if (!existsSync(absolute)) continue;
    const info = lstatSync(absolute);
    if (!info.isFile()) continue;
    files.set(path.slice(prefix.length), { data: readFileSync(absolute), mode: info.mode & 0o777 });
  }
  return files;
}

/** The paths below `steps/` that differ from HEAD or are new, relative to the course's root. */
export function uncommittedPaths(): Set<string> {
  const changed = ["diff", "HEAD", "--name-only", "--no-renames", "--no-ext-diff", "--relative"];
  const untracked = ["ls-files", "--others", "--exclude-standard"];
  return new Set(
    [changed, untracked].flatMap((args) => names(output([...args, "-z", "--", "steps/"]))),
  );
}
