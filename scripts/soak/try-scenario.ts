import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Size } from "./load.ts";
import { runScenario, type Result, type RunOptions } from "./run.ts";
import { scenarios } from "./scenarios.ts";

/** Help for the soak's own tests. */

/** Runs a scenario, in a size of its own, against a server in this folder. */
export function run(file: string, name: string, size: Size, options: Partial<RunOptions> = {}): Promise<Result> {
  const scenario = scenarios.find((scenario) => scenario.name === name);
  assert(scenario, `There is no scenario ${name}`);
  const env: Record<string, string> = options.deflate ? { PERMESSAGE_DEFLATE: "1" } : {};
  const subject = { title: file, file: fileURLToPath(new URL(file, import.meta.url)), env };
  return runScenario(subject, scenario, size, { seed: 1, deflate: false, ...options });
}

/** Each of the reasons must be among those for which the server has failed. */
export function assertFails({ problems }: Result, ...reasons: RegExp[]): void {
  for (const reason of reasons) {
    assert(problems.some((problem) => reason.test(problem)), `no ${reason} in ${JSON.stringify(problems)}`);
  }
}
