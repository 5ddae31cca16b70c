import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { openFilesLimit } from "./lib/open-files.ts";
import { courseRoot } from "./lib/root.ts";
import { listSteps } from "./lib/steps.ts";
import { negotiatesDeflate } from "./soak/deflate.ts";
import { number, type Size } from "./soak/load.ts";
import { runScenario, type Result } from "./soak/run.ts";
import { scenarios, type Scenario } from "./soak/scenarios.ts";
import type { Subject } from "./soak/server-process.ts";
import { FAILED, formatTable, PASSED, type TableRow } from "./soak/table.ts";

const USAGE = `
Usage: npm run soak [-- <options>]

Puts load on the server of the last step, and on the same server built with ws: thousands of
connections, killed clients, floods, garbage. Each scenario gets fresh processes. Nothing may be lost,
nothing may stay behind (connections, timers, memory), attacks must not fill the memory, and nothing
may crash. Prints a table. The full run takes some minutes.

Options:
  --quick          small numbers, less than a minute
  --only <name>    this scenario only; can be given again:
                   idle, idle-deflate, echo, echo-deflate, kills, half-open,
                   pings, pings-unread, unread, fragments, bomb, garbage, storm
  --server <file>  this server instead of ours, which listens on the port in PORT; can be given again
  --seed <number>  the seed of all that is random (default: 1)
  --markdown       the table in Markdown
  --help           this text

The exit code is 0 if our server (or each one given) passes everything, 1 if not. How ws fares does
not matter to it.
`;

const WS_SERVER = fileURLToPath(new URL("soak/ws-server.ts", import.meta.url));
/** Files that a process has open beside its connections, with room to spare. */
const OTHER_FILES = 100;

await runMain(USAGE, async (args) => {
  const { values, positionals } = parseArguments(args, {
    quick: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    server: { type: "string", multiple: true, default: [] },
    seed: { type: "string", default: "1" },
  });
  // `--server a.ts b.ts` reads as if it were meant.
  if (positionals.length > 0 && values.server.length === 0) {
    throw new UsageError(`npm run soak takes no argument "${positionals[0]}". Try --help.`);
  }
  const ours = subjectsOf([...values.server, ...positionals]);
  const chosen = chooseScenarios(values.only);
  const seed = parseSeed(values.seed);

  const start = performance.now();
  const deflates: boolean[] = [];
  for (const subject of ours) deflates.push(await negotiatesDeflate(subject));
  const anyDeflates = deflates.includes(true);
  const subjects = [...ours, wsSubject(anyDeflates)];
  deflates.push(anyDeflates);

  const notes: string[] = [];
  if (!anyDeflates) notes.push(skippedNote(chosen));
  const rows: TableRow[] = [];
  for (const scenario of chosen) {
    if (scenario.needsDeflate && !anyDeflates) continue;
    const size = fitting(scenario, values.quick ? scenario.quick : scenario.full, notes);
    const results: Result[] = [];
    for (const [index, subject] of subjects.entries()) {
      const deflate = deflates[index] ?? false;
      if (scenario.needsDeflate && !deflate) {
        results.push({ counted: [["not negotiated", "–"]], problems: [] });
        continue;
      }
      const result = await runScenario(subject, scenario, size, { seed, deflate });
      results.push(result);
      const mark = result.problems.length === 0 ? PASSED : FAILED;
      process.stderr.write(`${mark} ${scenario.name}, ${subject.title}\n`);
    }
    rows.push({ name: scenario.name, title: scenario.title, results });
  }

  const columns = subjects.map(({ title }) => title);
  console.log(formatTable(rows, { columns, markdown: values.markdown }));
  console.log(`\n${[...notes.filter(Boolean), ...circumstances(seed, values.quick, performance.now() - start)].join("\n")}`);
  return rows.some(({ results }) => results.slice(0, ours.length).some(({ problems }) => problems.length > 0)) ? 1 : 0;
});

function subjectsOf(files: string[]): Subject[] {
  if (files.length === 0) {
    const last = listSteps().findLast(({ folder }) => existsSync(join(folder, "server.ts")));
    if (last === undefined) throw new UsageError("There are no steps yet.");
    return [{ title: `step ${last.name}`, file: join(last.folder, "server.ts") }];
  }
  return files.map((file) => {
    const path = resolve(file);
    if (!existsSync(path)) throw new UsageError(`There is no file ${file}.`);
    const fromRoot = relative(courseRoot, path).replaceAll("\\", "/");
    const step = /^steps\/([^/]+)\/server\.ts$/.exec(fromRoot)?.[1];
    return { title: step ? `step ${step}` : `${basename(dirname(path))}/${basename(path)}`, file: path };
  });
}

function wsSubject(deflate: boolean): Subject {
  const manifest = fileURLToPath(import.meta.resolve("ws/package.json"));
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return { title: `ws ${version}`, file: WS_SERVER, env: { PERMESSAGE_DEFLATE: deflate ? "1" : "0" } };
}

function chooseScenarios(names: string[]): Scenario[] {
  for (const name of names) {
    if (scenarios.some((scenario) => scenario.name === name)) continue;
    throw new UsageError(`There is no scenario ${name}: there are ${scenarios.map((scenario) => scenario.name).join(", ")}.`);
  }
  return scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
}

function parseSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--seed is "${text}", but it is a whole number from 0 to 999999999.`);
  return Number(text);
}

/** Fewer connections where the system allows fewer open files, and a note that says so. */
function fitting(scenario: Scenario, size: Size, notes: string[]): Size {
  const { connections } = size;
  const limit = openFilesLimit() - OTHER_FILES;
  if (connections === undefined || connections <= limit) return size;
  if (limit < 1) throw new Failure(`ulimit -n allows ${openFilesLimit()} open files, which are too few.`);
  notes.push(
    `${scenario.name}: ${number(limit)} connections, not ${number(connections)}, since ulimit -n allows ` +
      `${number(openFilesLimit())} open files. ulimit -n ${connections + OTHER_FILES} allows more, where the hard limit does.`,
  );
  return { ...size, connections: limit };
}

function skippedNote(chosen: Scenario[]): string {
  const names = chosen.filter(({ needsDeflate }) => needsDeflate).map(({ name }) => name);
  return names.length > 0 ? `Not run: ${names.join(", ")}; the server does not negotiate permessage-deflate.` : "";
}

function circumstances(seed: number, quick: boolean, milliseconds: number): string[] {
  const cores = cpus();
  const [{ model = "" } = {}] = cores;
  return [
    `${cores.length} cores (${model.trim() || process.arch}), ${process.platform}, Node ${process.versions.node}, ` +
      `ulimit -n ${number(openFilesLimit())}, seed ${seed}${quick ? ", --quick" : ""}.`,
    `${new Date().toISOString().slice(0, 10)}, ${Math.round(milliseconds / 1000)} seconds.`,
  ];
}

