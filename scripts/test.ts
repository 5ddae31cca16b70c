import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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
Browser tests skip themselves where no browser is installed, and are listed at the end.

Options:
  --slow  the slow tests instead (*.slow.test.ts); npm run test:slow says the same
  --help  this text
`;

/** A line of what `lib/skip-reporter.mjs` writes. */
interface SkippedTest {
  name: string;
  reason: string;
}

await runMain(usage, async (args) => {
  const { values, positionals: filters } = parseArguments(args, { slow: { type: "boolean", default: false } });
  const files = findTests(filters, values.slow);

  const typesAreFine = await checkTypes();
  if (!typesAreFine) console.error("\nThe types do not check (see above). The tests run all the same.\n");

  const { code, skipped } = await runTests(files);
  if (skipped.length > 0) console.log(`\n${describeSkips(skipped)}`);
  if (!typesAreFine) console.error("\nThe types do not check: see the top of this output.");
  return typesAreFine ? code : code || 1;
});

/** The lessons and the tooling run in Node, `public/` in browsers: each has its own set of known names. */
async function checkTypes(): Promise<boolean> {
  const projects = ["tsconfig.json", "public/tsconfig.json"].filter((project) => existsSync(join(courseRoot, project)));
  const codes = await Promise.all(projects.map((project) => run([typescriptCompiler(), "--noEmit", "-p", project])));
  return codes.every((code) => code === 0);
}

function findTests(filters: string[], slow: boolean): string[] {
  const all = ["scripts", "steps"].flatMap((folder) =>
    walk(join(courseRoot, folder), { except: ["fixtures"] }).map((file) => `${folder}/${file}`),
  );
  const wanted = filters.map((filter) => filter.replaceAll("\\", "/"));
  const files = all.filter(
    (file) =>
      file.endsWith(".test.ts") &&
      file.endsWith(".slow.test.ts") === slow &&
      (wanted.length === 0 || wanted.some((filter) => file.includes(filter))),
  );
  // Tests with browsers take longest: with them first, the two lanes end at about the same time.
  const isLong = (file: string) => file.includes(".browser.");
  if (files.length > 0) return [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
  throw new UsageError(
    filters.length === 0
      ? "There are no test files below steps/ and scripts/."
      : `No test file's path contains ${filters.map((filter) => `"${filter}"`).join(" or ")}.`,
  );
}

function typescriptCompiler(): string {
  const folder = dirname(fileURLToPath(import.meta.resolve("typescript/package.json")));
  return join(folder, "bin", "tsc");
}

async function runTests(files: string[]): Promise<{ code: number; skipped: SkippedTest[] }> {
  const folder = mkdtempSync(join(tmpdir(), "course-tests-"));
  // Not in a finally block: Ctrl-C leaves through process.exit.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const skips = join(folder, "skipped.jsonl");
  const code = await run([
    "--import",
    import.meta.resolve("tsx"),
    "--test",
    "--test-concurrency=2",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${new URL("lib/skip-reporter.mjs", import.meta.url)}`,
    `--test-reporter-destination=${skips}`,
    ...files,
  ]);
  const lines = existsSync(skips) ? readFileSync(skips, "utf8").split("\n").filter(Boolean) : [];
  return { code, skipped: lines.map((line) => JSON.parse(line) as SkippedTest) };
}

function describeSkips(skipped: SkippedTest[]): string {
  const lines = skipped.map(({ name, reason }) => `  ${name}${reason ? ` (${reason})` : ""}`);
  const count = skipped.length === 1 ? "1 test was" : `${skipped.length} tests were`;
  return `${count} skipped:\n${[...new Set(lines)].join("\n")}`;
}

function run(args: string[]): Promise<number> {
  return exitCode(startProcess(process.execPath, args, { cwd: courseRoot, stdio: "inherit" }));
}
