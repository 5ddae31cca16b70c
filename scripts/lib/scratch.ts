import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { exitCode, startProcess, stopTree, typescriptCommand } from "./processes.ts";

/** Help for the tests of the commands: scratch folders, and commands as child processes. */

const folders: string[] = [];
const children: ChildProcess[] = [];

// One hook for the whole test file: in a "before" hook or a test it would come too early.
after(async () => {
  await Promise.all(children.map((child) => stopTree(child)));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder with these files, removed after the tests of the file that calls it. */
export function scratchFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "course-scratch-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) writeScratch(folder, name, content);
  return folder;
}

/** Writes a file of a scratch folder, with the folders above it. */
export function writeScratch(folder: string, name: string, content: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

export interface Command {
  child: ChildProcess;
  /** Resolves when stdout holds `text`; rejects if the command ends before, or has not printed it after a minute. */
  printed: (text: string) => Promise<void>;
  /**
   * Resolves when the command has ended and nobody holds its output any more: a process that it
   * left behind keeps this waiting.
   */
  ended: Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Whoever is silent for so long is stuck, and what it has printed says where; in milliseconds. */
const PRINT_LIMIT = 60_000;

export interface CommandOptions {
  root?: string;
  env?: Record<string, string>;
  /** Its stdin is a pipe, to be written to; else there is nothing to read. */
  hasInput?: boolean;
}

/** Starts a TypeScript file, by default against the course in `root`. */
export function startCommand(
  file: string,
  args: string[],
  { root, env = {}, hasInput = false }: CommandOptions = {},
): Command {
  const [command, ...start] = typescriptCommand(file);
  const child = startProcess(command, [...start, ...args], {
    env: { ...neutralEnvironment(), COURSE_ROOT: root, ...env },
    stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"],
  });
  children.push(child);

  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const ended = closed.then(async () => ({ code: await exitCode(child), stdout, stderr }));

  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (what: string): void => {
        clearTimeout(timer);
        reject(new Error(`It ${what} "${text}":\n${stdout}${stderr}`));
      };
      const timer = setTimeout(() => fail("has not printed"), PRINT_LIMIT);
      const look = (): void => {
        if (!stdout.includes(text)) return;
        child.stdout?.off("data", look);
        clearTimeout(timer);
        resolve();
      };
      child.stdout?.on("data", look);
      look();
      void closed.then(() => fail("ended without printing"));
    });
  return { child, printed, ended };
}

/** Runs one of the commands in `scripts/` to its end. */
export function runScript(name: string, args: string[], options?: CommandOptions): Command["ended"] {
  return startScript(name, args, options).ended;
}

/** Starts one of the commands in `scripts/`. */
export function startScript(name: string, args: string[], options?: CommandOptions): Command {
  return startCommand(fileURLToPath(new URL(`../${name}`, import.meta.url)), args, options);
}

/** Takes out what a terminal, npm and the test runner have put into the environment. */
function neutralEnvironment(): Record<string, undefined> {
  const ours = /^(npm_.*|NODE_TEST_CONTEXT|NODE_OPTIONS|NO_COLOR|FORCE_COLOR|PORT|ALLOWED_ORIGINS)$/;
  const names = Object.keys(process.env).filter((name) => ours.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
