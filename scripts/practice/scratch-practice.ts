import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isStepCode } from "../lessons/changes.ts";
import { walk } from "../lib/files.ts";
import { scratchFolder, startScript, type Command } from "../lib/scratch.ts";
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

/** A test: one round with this `server.ts` fails, and says why in few words. */
export function testFailure(title: string, source: string, expected: RegExp): void {
  test(`says what is wrong with ${title}`, async () => {
    const folder = scratchFolder({ "server.ts": source });
    const { code, stdout } = await practice(folder, "3", "--once").ended;
    assert.equal(code, 1);
    assert.match(stdout, expected);
    assert.ok(stdout.length < 20_000);
  });
}
