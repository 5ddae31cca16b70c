import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { walk } from "./lib/files.ts";
import { exitCode, startProcess } from "./lib/processes.ts";
import { courseRoot } from "./lib/root.ts";

const usage = `
Usage: npm test [-- <text> ...]

Checks the types, then runs all tests (*.test.ts below steps/ and scripts/). With texts, only the
test files whose path contains one of them: npm test -- 03, npm test -- handshake.
Without texts, two kinds of files are left to the slow tests, and listed at the end: those of the
exercises, and a step's file that is the same as in the step before (but for the last step's).
Browser tests skip themselves where no browser is installed, and are listed there, too.

Options:
  --slow   the slow tests instead (*.slow.test.ts, and what is left to them); npm run test:slow says the same
  --again  a file that fails runs once more, with nothing beside it, and only that counts; at the end
           stands which files needed it. For busy machines, where a test may wait in vain.
  --help   this text
`;

/** What the paths of test files contain that take long, the longest first. What they lack costs only time. */
const LONG = [".browser.", "scripts/practice/", "13-closing-handshake/server", "scripts/start", "scripts/checks/", "scripts/lab/lab", "backpressure", "server.test"];

/** Slow tests look at memory and at what is late, and leave the machine some air. */
const SLOW_LANES = 2;

/** More failures than this are no accident, and running each file once more would take long. */
const MOST_AGAIN = 5;

/** A line of what `lib/outcome-reporter.mjs` writes. */
type Outcome = { skipped: string; reason: string } | { failed: string; file?: string };

/** What came of test files. */
interface Result {
  code: number;
  outcomes: Outcome[];
  /** The paths of those whose process said that it failed: tests may stand in a module that files share. */
  failedFiles: string[];
}

await runMain(usage, async (args) => {
  const { values, positionals: filters } = parseArguments(args, {
    slow: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
  });
  const { files, leftOut } = findTests(filters, values.slow);

  const typesAreFine = await checkTypes();
  if (!typesAreFine) console.error("\nThe types do not check (see above). The tests run all the same.\n");

  const first = await runTests(files, values.slow ? SLOW_LANES : lanes());
  const { outcomes } = first;
  const code = first.code !== 0 && values.again ? await runAgain(first, files) : first.code;
  if (leftOut.length > 0) console.log(`\n${describeLeftOut(leftOut)}`);
  const skips = describeSkips(outcomes);
  if (skips !== "") console.log(`\n${skips}`);
  if (!typesAreFine) console.error("\nThe types do not check: see the top of this output.");
  return typesAreFine ? code : code || 1;
});

/** The lessons and the tooling run in Node, `public/` in browsers: each has its own set of known names. */
async function checkTypes(): Promise<boolean> {
  const projects = ["tsconfig.json", "public/tsconfig.json"].filter((project) => existsSync(join(courseRoot, project)));
  const codes = await Promise.all(projects.map((project) => run([typescriptCompiler(), "--noEmit", "-p", project])));
  return codes.every((code) => code === 0);
}

/** The test files to run, and what is left to the slow tests. */
function findTests(filters: string[], slow: boolean): { files: string[]; leftOut: string[] } {
  const all = ["scripts", "steps"]
    .flatMap((folder) => walk(join(courseRoot, folder), { except: ["fixtures"] }).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith(".test.ts"));
  const late = new Set(findLate(all));
  const wanted = filters.map((filter) => filter.replaceAll("\\", "/"));
  const isWanted = (file: string): boolean => wanted.length === 0 || wanted.some((filter) => file.includes(filter));
  // Who names files wants them now.
  const isLeftOut = (file: string): boolean => !slow && wanted.length === 0 && late.has(file);
  const isRun = (file: string): boolean => (isSlow(file) ? slow : !slow || late.has(file));

  const found = all.filter((file) => isWanted(file) && isRun(file));
  if (found.length > 0) return { files: longestFirst(found.filter((file) => !isLeftOut(file))), leftOut: found.filter(isLeftOut) };
  throw new UsageError(
    filters.length === 0
      ? "There are no test files below steps/ and scripts/."
      : `No test file's path contains ${filters.map((filter) => `"${filter}"`).join(" or ")}.`,
  );
}

/** The files that can wait: what they try has hardly changed where the rest is fine. */
function findLate(files: string[]): string[] {
  const steps = [...new Set(files.flatMap((file) => /^steps\/\d[^/]*/.exec(file) ?? []))].sort();
  const textOf = (file: string): string => readFileSync(join(courseRoot, file), "utf8");
  const isTwin = (file: string): boolean => {
    const at = steps.findIndex((step) => file.startsWith(`${step}/`));
    // The last step has the most complete code, so its tests run whatever they are.
    if (at < 1 || at === steps.length - 1) return false;
    const before = file.replace(steps[at] ?? "", steps[at - 1] ?? "");
    return files.includes(before) && textOf(file) === textOf(before);
  };
  return files.filter((file) => !isSlow(file) && (file.includes("/exercises/") || isTwin(file)));
}

function isSlow(file: string): boolean {
  return file.endsWith(".slow.test.ts");
}

/** With the long ones first, all lanes end at about the same time. */
function longestFirst(files: string[]): string[] {
  const rank = (file: string): number => {
    const index = LONG.findIndex((part) => file.includes(part));
    return index < 0 ? LONG.length : index;
  };
  return [...files].sort((one, other) => rank(one) - rank(other));
}

function typescriptCompiler(): string {
  const folder = dirname(fileURLToPath(import.meta.resolve("typescript/package.json")));
  return join(folder, "bin", "tsc");
}

/** Runs the files with failures once more, one after the other. Returns the exit code that this deserves. */
async function runAgain({ outcomes, failedFiles }: Result, all: string[]): Promise<number> {
  const failures = outcomes.flatMap((outcome) => ("failed" in outcome ? [outcome] : []));
  // Whoever was killed could not say that it failed, but is a failure of its own.
  const paths = new Set([...failedFiles, ...failures.map(({ file }) => file)]);
  const files = all.map((file) => join(courseRoot, file)).filter((file) => paths.has(file));
  if (files.length === 0 || files.length > MOST_AGAIN) return 1;
  console.log(`\nOnce more, with nothing beside it:\n${indent(files)}\n`);
  const { code } = await runTests(files, 1);
  const names = indent([...failures.map(({ failed }) => failed), `in ${files.join(", ")}`]);
  if (code === 0) console.log(`\nFailed first, and passed when nothing ran beside it:\n${names}`);
  return code;
}

async function runTests(files: string[], lanes: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "course-tests-"));
  // Not in a finally block: Ctrl-C leaves through process.exit.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const report = join(folder, "outcomes.jsonl");
  const failed = join(folder, "failed.txt");
  process.env["COURSE_FAILED_FILES"] = failed;
  const code = await run([
    "--import",
    import.meta.resolve("tsx"),
    "--import",
    new URL("lib/note-failure.mjs", import.meta.url).href,
    "--test",
    `--test-concurrency=${lanes}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${new URL("lib/outcome-reporter.mjs", import.meta.url)}`,
    `--test-reporter-destination=${report}`,
    ...files,
  ]);
  const linesOf = (file: string): string[] => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);
  return { code, outcomes: linesOf(report).map((line) => JSON.parse(line) as Outcome), failedFiles: linesOf(failed) };
}

/** Many tests wait for something, so one lane more than cores; browsers want memory, so not too many. */
function lanes(): number {
  return Math.min(availableParallelism(), 4) + 1;
}

function describeLeftOut(files: string[]): string {
  const count = files.length === 1 ? "1 test file was" : `${files.length} test files were`;
  return `${count} left to npm run test:slow (exercises, and what is the same as in the step before):\n${indent(files)}`;
}

function describeSkips(outcomes: Outcome[]): string {
  const skips = outcomes.flatMap((outcome) => ("skipped" in outcome ? [outcome] : []));
  const lines = skips.map(({ skipped, reason }) => (reason ? `${skipped} (${reason})` : skipped));
  const count = skips.length === 1 ? "1 test was" : `${skips.length} tests were`;
  return skips.length === 0 ? "" : `${count} skipped:\n${indent([...new Set(lines)])}`;
}

function indent(lines: string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}

function run(args: string[]): Promise<number> {
  return exitCode(startProcess(process.execPath, args, { cwd: courseRoot, stdio: "inherit" }));
}
