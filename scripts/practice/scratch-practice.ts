import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isStepCode } from "../lessons/changes.ts";
import { walk } from "../lib/files.ts";
import { startScript, type Command } from "../lib/scratch.ts";
import { findStep, listSteps } from "../lib/steps.ts";

/** Help for the tests of the practice: the command, with a folder of the test's own. */
export const practice = (folder: string, ...args: string[]): Command => startScript("practice.ts", [...args, "--folder", folder]);

/** Puts the course's own solution of a step into a folder. */
export function solve(folder: string, step: string): void {
  const { folder: from } = findStep(step, listSteps());
  mkdirSync(folder, { recursive: true });
  for (const name of walk(from).filter(isStepCode)) cpSync(join(from, name), join(folder, name));
}

/** What it has noted about the steps. */
export const progressOf = (folder: string) => JSON.parse(readFileSync(join(folder, "progress.json"), "utf8")) as { done: Record<string, string>; step: string; command?: string };
