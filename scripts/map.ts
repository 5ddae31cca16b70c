import { loadChecks } from "./checks/course.ts";
import { formatMap, mapProblems, markdownMap, requirementsMap } from "./checks/requirements-map.ts";
import { requirements } from "./checks/requirements.ts";
import { formatProblems } from "./checks/triangle.ts";
import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { listSteps } from "./lib/steps.ts";

const USAGE = `
Usage: npm run map

Prints every requirement on a complete WebSocket server: where it is written, the step that meets
it, the checks that prove it, and what is not covered yet.

Options:
  --json      the same as JSON
  --markdown  the same as a table in Markdown
  --help      this text

The exit code is 1 if a step is there and a requirement of it is not proven.
`;

await runMain(USAGE, async (args) => {
  const { values, positionals } = parseArguments(args, {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
  });
  if (positionals.length > 0) throw new UsageError(`The map takes no argument such as ${positionals[0]}. Try --help.`);
  if (values.json && values.markdown) throw new UsageError("Either --json or --markdown, not both.");

  const course = await loadChecks(listSteps());
  const rows = requirementsMap(course, requirements);
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else console.log(values.markdown ? markdownMap(rows) : formatMap(rows));

  const problems = mapProblems(course, requirements);
  if (problems.length === 0) return 0;
  // Not on stdout, where somebody may be reading JSON.
  console.error(`\n${formatProblems(problems)}`);
  return 1;
});
