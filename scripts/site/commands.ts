import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A command of the course: an npm script that runs a file of `scripts/`. */
export interface Command {
  /** As one types it: `npm run check`. */
  command: string;
  /** The file that it runs, relative to the course: `scripts/check.ts`. */
  file: string;
  /** What `--help` prints. */
  usage: string;
}

/** The commands in `package.json`, in its order, without those that only add an option to another. */
export function listCommands(root: string): Command[] {
  const { scripts = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts?: Record<string, string> };
  return Object.entries(scripts).flatMap(([name, line]) => {
    const [, file] = /^node --import tsx (scripts\/\S+\.ts)$/.exec(line) ?? [];
    if (file === undefined) return [];
    const usage = usageOf(readFileSync(join(root, file), "utf8"));
    return usage === undefined ? [] : [{ command: name === "start" || name === "test" ? `npm ${name}` : `npm run ${name}`, file, usage }];
  });
}

/** The text that a command hands to `runMain`: the constant `usage`, without running the file. */
function usageOf(source: string): string | undefined {
  const [, text] = /^const usage = `([^`]*)`;$/im.exec(source) ?? [];
  return text?.trim();
}
