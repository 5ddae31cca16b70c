import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { folderName, insertStep } from "./lib/insert-step.ts";
import { courseRoot } from "./lib/root.ts";
import { listSteps } from "./lib/steps.ts";

const usage = `
Usage: npm run insert <number> <slug>

A maintainer's tool: makes room for a new step. npm run insert 3 polite-logging moves the steps from
03 on up by one, mends their numbers in lessons, pages, tests and the README's table, and makes
steps/03-polite-logging from the step before it, with a lesson to fill in.

The gates then say what is left to do: npm test -- scripts/lessons
`;

await runMain(usage, (args) => {
  const { positionals } = parseArguments(args, {});
  const [number = "", slug = "", ...extra] = positionals;
  const steps = listSteps();
  if (!/^\d+$/.test(number) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug) || extra.length > 0) {
    throw new UsageError("Give a number and a slug, as in npm run insert 3 polite-logging.");
  }
  const at = Number(number);
  if (at < 2 || at > steps.length + 1) {
    throw new UsageError(`A new step has a number from 2 to ${steps.length + 1}.`);
  }
  if (steps.some((step) => step.slug === slug)) throw new UsageError(`There is a step ${slug} already.`);
  insertStep(courseRoot, steps, at, slug);
  console.log(`Made steps/${folderName(at, slug)} from the step before it. Next: npm test -- scripts/lessons`);
});
