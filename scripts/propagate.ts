import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { findStep } from "./lib/steps.ts";
import { requireCheckout } from "./propagate/git.ts";
import { continueRun, startRun } from "./propagate/run.ts";
import { abortRun, printStatus } from "./propagate/session.ts";

const usage = `
Usage: npm run propagate <step> [-- --dry-run] [-- --no-test] [-- --include <glob>] [-- --base <rev>]
       npm run propagate -- --continue | --abort | --status

Carries what you have changed in one step through all later steps, by three-way merge, and then
runs their tests. <step> is a number or a name: 3, 03, accept-key or 03-accept-key.
It stops at a conflict, with markers in the file: resolve it, then --continue.

Not carried, because they belong to one lesson: README.md, hints.md, server.test.ts,
client.browser.ts, mistakes/ and exercises/.

Options:
  --dry-run         show what would change, and touch nothing
  --base <rev>      what the step was before your edit (default: HEAD, the last commit)
  --include <glob>  carry these files too, such as README.md or 'mistakes/*'; can be repeated
  --no-test         do not run the tests afterwards
  --continue        go on after a conflict
  --abort           put back every file that the run has changed; your own edit stays
  --status          say whether a run is in progress, and where it stopped
  --help            this text
`;

await runMain(usage, (args) => {
  // npm reads --no-test as "test: off", which parseArguments cannot know.
  if (process.env["npm_config_test"] === "" && !args.includes("--no-test")) {
    throw new UsageError(
      "npm took --no-test for itself: put -- before it, as in npm run propagate -- ... --no-test.",
    );
  }
  const { values, positionals } = parseArguments(args, {
    "dry-run": { type: "boolean" },
    base: { type: "string" },
    include: { type: "string", multiple: true },
    "no-test": { type: "boolean" },
    continue: { type: "boolean" },
    abort: { type: "boolean" },
    status: { type: "boolean" },
  });
  const command = (["continue", "abort", "status"] as const).filter((name) => values[name]);
  const [first, second] = [...command.map((name) => `--${name}`), ...positionals];
  if (first === undefined) {
    throw new UsageError("Which step? Give its number or its name, as in npm run propagate 3.");
  }
  if (second !== undefined) {
    throw new UsageError(`npm run propagate takes one step or one command, not ${first} and ${second}.`);
  }
  const test = !values["no-test"];
  if (command[0] !== undefined) {
    const ofSteps = ["dry-run", "base", "include"] as const;
    const surplus = ofSteps.find((name) => values[name] !== undefined);
    if (surplus) throw new UsageError(`--${surplus} goes with a step, not with ${first}.`);
    requireCheckout();
    if (command[0] === "continue") return continueRun(test);
    return command[0] === "abort" ? abortRun() : printStatus();
  }

  const step = findStep(first);
  requireCheckout();
  return startRun(step, {
    base: values.base ?? "HEAD",
    include: values.include ?? [],
    dryRun: values["dry-run"] ?? false,
    test,
  });
});
