import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { courseRoot } from "./lib/root.ts";
import { buildSite } from "./site/build.ts";

const usage = `
Usage: npm run build [-- --out <folder>] [--base <path>]

Renders the course's site: static pages that work from any host and below any path. npm start does
it by itself; this is for a copy elsewhere.

Options:
  --out <folder>  where to write it (default: public/)
  --base <path>   the site's path on its host, such as /course/, for its page 404.html (default: /)
  --help          this text

The exit code is 1 if a link of a lesson leads nowhere.
`;

await runMain(usage, async (args) => {
  const { values, positionals } = parseArguments(args, { out: { type: "string" }, base: { type: "string", default: "/" } });
  if (positionals.length > 0) throw new UsageError(`npm run build takes no argument "${positionals[0]}". Try --help.`);
  if (!/^\/(.*\/)?$/.test(values.base)) throw new UsageError(`--base is "${values.base}", but begins and ends with a slash.`);
  const out = values.out === undefined ? join(courseRoot, "public") : resolve(values.out);
  const began = performance.now();
  mkdirSync(out, { recursive: true });
  const { files, problems } = await buildSite({ root: courseRoot, out, base: values.base });
  for (const problem of problems) console.error(problem);
  console.log(`${files} files are in ${out}, after ${Math.round(performance.now() - began)} milliseconds.`);
  return problems.length === 0 ? 0 : 1;
});
