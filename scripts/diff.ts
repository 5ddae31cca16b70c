import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { paint, type Colour } from "./lib/colours.ts";
import { compareSteps, type FileChange } from "./lessons/compare-steps.ts";
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

await runMain(usage, (args) => {
  const { values, positionals } = parseArguments(args, {
    all: { type: "boolean" },
    stat: { type: "boolean" },
  });
  const { from, to } = whichSteps(positionals);
  const changes = compareSteps(from, to, { all: values.all ?? false });
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

/** The lines of a file's unified diff, from the first `@@` on. */
function unifiedLines({ hunks }: FileChange): string[] {
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
    ...lines,
  ]);
}

/** A hunk's lines as diff and patch write them: an empty range names the line before it. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`;
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
    .map((change) => {
      const { file, status } = change;
      const note = status === "changed" ? "" : ` (${status} file)`;
      const old = status === "new" ? "/dev/null" : `steps/${from?.name}/${file}`;
      const now = status === "removed" ? "/dev/null" : `steps/${to.name}/${file}`;
      return [
        paint("bold", `${file}${note}`),
        paint("bold", `--- ${old}`),
        paint("bold", `+++ ${now}`),
        ...unifiedLines(change).map((line) => {
          const colour = COLOURS[line[0] ?? ""];
          return colour ? paint(colour, line) : line;
        }),
        "",
      ].join("\n");
    })
    .join("\n");
}
