/**
 * Runs every program in `mistakes/` on the check that catches it, and writes down how it fails:
 * `node --import tsx scripts/practice/record-mistakes.ts` after a change of mistakes or checks.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCheck, type Check } from "../checks/check.ts";
import { inParallel, loadChecks, type CourseStep } from "../checks/course.ts";
import { listMistakes, type Mistake } from "../checks/mistakes.ts";
import { ServerUnderTest } from "../checks/server-under-test.ts";
import { typescriptCommand } from "../lib/processes.ts";
import { listSteps } from "../lib/steps.ts";
import { lookOf, signaturesFile, type Look, type Signature, type Signatures } from "./mistakes.ts";

const LANES = 3;
const PATIENCE = 1_000;
const MOST_TRIES = 5;

/** How the mistakes of these steps fail, and how each step's predecessor does. */
export async function recordMistakes(course: readonly CourseStep[]): Promise<Signatures> {
  const signatures: Signatures = {};
  for (const { slug } of course) signatures[slug] = { mistakes: [], unchanged: {} };
  const mistakes = course.flatMap((step) => listMistakes(step).map((mistake) => ({ step, mistake })));
  const found = await inParallel(mistakes, LANES, ({ step, mistake }) => record(step, mistake));
  found.forEach((signature, i) => signature && signatures[mistakes[i]!.step.slug]!.mistakes.push(signature));
  await inParallel(course.slice(1), LANES, async (step) => {
    signatures[step.slug]!.unchanged = await recordUnchanged(step, course[course.indexOf(step) - 1]!);
  });
  return signatures;
}

async function record(step: CourseStep, { file, name, mistake, caughtBy }: Mistake): Promise<Signature | undefined> {
  const check = step.checks.find(({ title }) => title === caughtBy);
  if (check === undefined || check.skip) return undefined;
  let error: Error | undefined;
  // Some mistakes show in most runs only: they depend on who is faster.
  for (let tries = 0; tries < MOST_TRIES && error === undefined; tries += 1) [error] = await failures(file, [check]);
  return error && { name, mistake, title: caughtBy, ...lookOf(error) };
}

async function recordUnchanged(step: CourseStep, before: CourseStep): Promise<Record<string, Look>> {
  const looks: Record<string, Look> = {};
  const errors = await failures(join(before.folder, "server.ts"), step.checks);
  step.checks.forEach(({ title }, i) => {
    const error = errors[i];
    if (error !== undefined) looks[title] = lookOf(error);
  });
  return looks;
}

/** How a program fails each of these checks. */
async function failures(file: string, checks: readonly Check[]): Promise<(Error | undefined)[]> {
  const server = new ServerUnderTest(typescriptCommand(file));
  server.patience = PATIENCE;
  const errors: (Error | undefined)[] = [];
  for (const check of checks) {
    errors.push(check.skip ? undefined : await runCheck(check, server).then(() => undefined, (error: Error) => error));
  }
  await server.abandon();
  return errors;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const signatures = await recordMistakes(await loadChecks(listSteps()));
  writeFileSync(signaturesFile, `${JSON.stringify(signatures, null, 1)}\n`);
  console.log(`${Object.values(signatures).flatMap(({ mistakes }) => mistakes).length} mistakes recorded.`);
}
