/**
 * Runs every program in `mistakes/` on the check that catches it, and writes down how it fails:
 * `node --import tsx scripts/practice/record-mistakes.ts` after a change of mistakes or checks.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCheck } from "../checks/check.ts";
import { inParallel, loadChecks, type CourseStep } from "../checks/course.ts";
import { listMistakes, type Mistake } from "../checks/mistakes.ts";
import { ServerUnderTest } from "../checks/server-under-test.ts";
import { typescriptCommand } from "../lib/processes.ts";
import { listSteps } from "../lib/steps.ts";
import { signatureOf, signaturesFile, type Signature, type Signatures } from "./mistakes.ts";

const LANES = 3;
const PATIENCE = 1_000;

/** How the mistakes of these steps fail. */
export async function recordMistakes(steps: readonly CourseStep[]): Promise<Signatures> {
  const all = steps.flatMap((step) => listMistakes(step).map((mistake) => ({ step, mistake })));
  const found = await inParallel(all, LANES, async ({ step, mistake }) => ({ step, signature: await record(step, mistake) }));
  const signatures: Signatures = {};
  for (const { step, signature } of found) if (signature !== undefined) (signatures[step.slug] ??= []).push(signature);
  return signatures;
}

async function record(step: CourseStep, { file, name, mistake, caughtBy }: Mistake): Promise<Signature | undefined> {
  const check = step.checks.find(({ title }) => title === caughtBy);
  if (check === undefined || check.skip) return undefined;
  const server = new ServerUnderTest(typescriptCommand(file));
  server.patience = PATIENCE;
  try {
    await runCheck(check, server);
    return undefined;
  } catch (error) {
    return { name, mistake, title: caughtBy, ...signatureOf(error as Error) };
  } finally {
    await server.abandon();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const signatures = await recordMistakes(await loadChecks(listSteps()));
  writeFileSync(signaturesFile, `${JSON.stringify(signatures, null, 1)}\n`);
  console.log(`${Object.values(signatures).flat().length} mistakes recorded.`);
}
