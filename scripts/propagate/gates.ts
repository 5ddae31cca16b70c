import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { walk } from "../lib/files.ts";
import { exitCode, startProcess, typescriptCommand } from "../lib/processes.ts";
import { courseRoot } from "../lib/root.ts";

/** Runs the tests of these steps, and those of the lessons if there are any. Tells if all passed. */
export async function runGates(stepNames: string[]): Promise<boolean> {
  const folders = [...stepNames.map((name) => `steps/${name}/`), "scripts/lessons/"];
  const filters = folders.filter(hasTests);
  if (filters.length === 0) {
    console.log("\nThere are no tests to run for these steps.");
    return true;
  }
  console.log(`\nnpm test -- ${filters.join(" ")}\n`);
  const script = fileURLToPath(new URL("../test.ts", import.meta.url));
  const [command, ...args] = typescriptCommand(script);
  return (await exitCode(startProcess(command, [...args, ...filters], { stdio: "inherit" }))) === 0;
}

function hasTests(folder: string): boolean {
  const path = join(courseRoot, folder);
  return existsSync(path) && walk(path).some((file) => file.endsWith(".test.ts"));
}
