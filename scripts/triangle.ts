import { formatProblems, formatTriangle, runTriangle } from "./checks/triangle.ts";
import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { courseRoot } from "./lib/root.ts";
import { listSteps } from "./lib/steps.ts";

const USAGE = `
Usage: npm run triangle

Tries the server of each step on the checks of its own step and of all before it, which it must
pass unless a step up to it has retired them, and on those of the step after it, which it must fail
at the check that the next lesson shows, and for that reason. Prints one table:

  12/12              all of them pass
  6/6 -2 retired     two more are retired
  0/6 ✖ "answers …"  what fails first, as it should
  ·                  not tried

Then tries each check that has not failed so far on the programs in mistakes/: a check that nothing
fails may accept everything.

Options:
  --quick  neighbours only, each up to its first failure: a minute instead of six
  --help   this text

The exit code is 0 if all is as the lessons say, and 1 if not.
`;

await runMain(USAGE, async (args) => {
  const { values, positionals } = parseArguments(args, { quick: { type: "boolean", default: false } });
  if (positionals.length > 0) throw new UsageError(`The triangle takes no argument such as ${positionals[0]}. Try --help.`);
  const steps = listSteps();
  if (steps.length === 0) throw new UsageError("There are no steps yet.");

  const triangle = await runTriangle(steps, { root: courseRoot, quick: values.quick });
  console.log(formatTriangle(triangle));
  const { problems } = triangle;
  if (problems.length === 0) return 0;
  console.log(`\n${formatProblems(problems)}`);
  console.log(`\n${problems.length === 1 ? "1 thing is" : `${problems.length} things are`} not as the lessons say.`);
  return 1;
});
