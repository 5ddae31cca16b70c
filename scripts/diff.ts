import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { structuredPatch } from "diff";
import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { paint, type Colour } from "./lib/colours.ts";
import { walk } from "./lib/files.ts";
import { isStepCode } from "./lessons/changes.ts";
import { findStep, listSteps, type Step } from "./lib/steps.ts";

const usage = `
Usage: npm run diff <step> [<step>] [-- --all] [-- --stat]

Shows what changed between two steps; with one step, between the step before and it.
<step> is a number or a name: 3, 03, accept-key or 03-accept-key.

Options:
  --all   everything, not only the code: lessons, tests, mistakes and exercises too
  --stat  one line a file: how many lines came and went
  --help  this text
`;

const COLOURS: Partial<Record<string, Colour>> = { "+": "green", "-": "red", "@": "cyan" };

interface FileChange {
  file: string;
  status: "new" | "removed" | "changed";
  added: number;
  removed: number;
  /** The lines of the unified diff, from the first `@@` on. */
  lines: string[];
}

await runMain(usage, (args) => {
  const { values, positionals } = parseArguments(args, {
    all: { type: "boolean" },
    stat: { type: "boolean" },
  });
  const { from, to } = whichSteps(positionals);
  const changes = compare(from, to, values.all ?? false);
  if (changes.length === 0) {
    const what = values.all ? "files" : "code";
    console.log(
      from
        ? `Steps ${from.number} and ${to.number} have the same ${what}.`
        : `Step ${to.number} has no ${what} yet.`,
    );
    return;
  }
  process.stdout.write(values.stat ? stat(changes) : unified(from, to, changes));
});

function whichSteps(positionals: string[]): { from: Step | undefined; to: Step } {
  const [first, second, ...extra] = positionals;
  if (first === undefined) {
    throw new UsageError("Which steps? Give one or two, as in npm run diff 2 3.");
  }
  if (extra.length > 0) {
    throw new UsageError(`npm run diff compares two steps, so "${extra.join(" ")}" is too much.`);
  }
  const steps = listSteps();
  if (second !== undefined) return { from: findStep(first, steps), to: findStep(second, steps) };
  const to = findStep(first, steps);
  return { from: steps[steps.indexOf(to) - 1], to };
}

function compare(from: Step | undefined, to: Step, all: boolean): FileChange[] {
  const before = read(from, all);
  const after = read(to, all);
  const files = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changes: FileChange[] = [];
  for (const file of files) {
    const [old, now] = [before.get(file), after.get(file)];
    if (old === now) continue;
    const { hunks } = structuredPatch(file, file, old ?? "", now ?? "", "", "", { context: 3 });
    const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
      ...lines,
    ]);
    changes.push({
      file,
      status: old === undefined ? "new" : now === undefined ? "removed" : "changed",
      added: lines.filter((line) => line.startsWith("+")).length,
      removed: lines.filter((line) => line.startsWith("-")).length,
      lines,
    });
  }
  return changes;
}

/** A hunk's lines as diff and patch write them: an empty range names the line before it. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`;
}

/** The files of a step by name, as text: binary ones as a note of their size. */
function read(step: Step | undefined, all: boolean): Map<string, string> {
  const files = new Map<string, string>();
  if (!step || !existsSync(step.folder)) return files;
  for (const name of walk(step.folder)) {
    if (!all && !isStepCode(name)) continue;
    const content = readFileSync(join(step.folder, name));
    const text = content.includes(0)
      ? `(binary, ${content.length} bytes)\n`
      : content.toString().replaceAll("\r\n", "\n");
    files.set(name, text);
  }
  return files;
}

function stat(changes: FileChange[]): string {
  const width = Math.max(...changes.map(({ file }) => file.length));
  const lines = changes.map(({ file, status, added, removed }) => {
    const counts = [
      status === "removed" ? "" : paint("green", `+${added}`),
      status === "new" ? "" : paint("red", `-${removed}`),
    ].filter(Boolean);
    return `${file.padEnd(width)}  ${counts.join(" ")}${status === "changed" ? "" : ` (${status})`}\n`;
  });
  const sum = (key: "added" | "removed"): number =>
    changes.reduce((total, change) => total + change[key], 0);
  const files = changes.length === 1 ? "1 file" : `${changes.length} files`;
  return `${lines.join("")}${files}, +${sum("added")} -${sum("removed")}\n`;
}

function unified(from: Step | undefined, to: Step, changes: FileChange[]): string {
  return changes
    .map(({ file, status, lines }) => {
      const note = status === "changed" ? "" : ` (${status} file)`;
      const old = status === "new" ? "/dev/null" : `steps/${from?.name}/${file}`;
      const now = status === "removed" ? "/dev/null" : `steps/${to.name}/${file}`;
      return [
        paint("bold", `${file}${note}`),
        paint("bold", `--- ${old}`),
        paint("bold", `+++ ${now}`),
        ...lines.map((line) => {
          const colour = COLOURS[line[0] ?? ""];
          return colour ? paint(colour, line) : line;
        }),
        "",
      ].join("\n");
    })
    .join("\n");
}
