import { writeFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import { join } from "node:path";
import { chooseCores, type Cores } from "./bench/cores.ts";
import { runInProcess } from "./bench/in-process.ts";
import { Load } from "./bench/load.ts";
import {
  changesPeerNames,
  installPeers,
  makePeers,
  needsInstallation,
  ourSteps,
  peerNames,
  shortPeerNames,
  type MissingPeer,
  type Peer,
  type PeerOptions,
} from "./bench/peers.ts";
import { formatShares, profile } from "./bench/profile.ts";
import type { Machine, Results } from "./bench/results.ts";
import { runWorkload, type Plan } from "./bench/run.ts";
import { circumstances, footnotes, formatTask, formatWorkload, method } from "./bench/table.ts";
import { describe, workloads, type Workload } from "./bench/workloads.ts";
import { Failure, parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { splitCommandLine } from "./lib/command-line.ts";
import { openFilesLimit } from "./lib/open-files.ts";
import { courseRoot } from "./lib/root.ts";

const USAGE = `
Usage: npm run bench [-- <options>]

Measures the servers of the last two steps side by side with others: ws, with and without its native
addons, websocket, faye-websocket, Bun, and two that only send bytes back: what these take is Node's
own. Server and load generator are processes of their own, on a core each where the system lets us
choose, and every echo is checked. The figure to look at is the server's CPU time, and how it compares
with that of ws: it depends least on what else the machine does.

The full run takes some ten minutes and writes scripts/bench/results.json, which the site shows. The
peers are installed when they are first needed, into scripts/bench/peers/.

Options:
  --short              about a minute: the last two steps, ws and a bare socket, some workloads
  --workload <name>    this workload only; can be given again
  --peer <name>        this peer only; can be given again
  --step <N>           the server of this step instead of the last two; can be given again
  --changes            the changes of step 19 one after the other, each on top of those before
  --profile            not how much time the servers take, but in which functions they spend it
  --in-process         the mask, the check of UTF-8, encoder, parser and compression alone, without sockets
  --command <command>  your own echo server as one more peer, in any language: it gets its port in PORT,
                       and what it logs is part of its time
  --rounds <N>         so many rounds (default: 15; 9 with --short or --changes; 5 with --in-process)
  --json <file>        writes the results to this file
  --list               the names of workloads and peers
  --help               this text

The exit code is 1 if a server gave a wrong echo, or ended.
`;

// What else a machine does comes and goes within seconds: many short rounds feel less of it than a few long ones.
const FULL: Plan = { rounds: 15, milliseconds: 200, warmUp: 600 };
const SHORT: Plan = { rounds: 9, milliseconds: 170, warmUp: 400 };
/** Of the parts alone, where CPU time is counted: so many rounds, and so many milliseconds for each. */
const IN_PROCESS = { rounds: 5, milliseconds: 60 };
const RESULTS = join(courseRoot, "scripts/bench/results.json");
/** Files that a process has open beside its connections, with room to spare. */
const OTHER_FILES = 100;

await runMain(USAGE, async (args) => {
  const { values, positionals } = parseArguments(args, {
    short: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    changes: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    "in-process": { type: "boolean", default: false },
    workload: { type: "string", multiple: true, default: [] },
    peer: { type: "string", multiple: true, default: [] },
    step: { type: "string", multiple: true, default: [] },
    command: { type: "string" },
    rounds: { type: "string" },
    json: { type: "string" },
  });
  if (positionals.length > 0) throw new UsageError(`npm run bench takes no argument "${positionals[0]}". Try --help.`);
  const options: PeerOptions = {
    ...(values.step.length > 0 ? { steps: values.step.flatMap((list) => list.split(",")) } : {}),
    ...(values.command === undefined ? {} : { command: splitCommandLine(values.command) }),
    changes: values.changes,
  };
  if (values.changes && (values.step.length > 0 || values.command !== undefined)) {
    throw new UsageError("--changes is about the last two steps: it goes without --step and --command.");
  }
  if (values.profile && (values.rounds !== undefined || values.json !== undefined)) {
    throw new UsageError("--profile has no rounds, and writes no file: it goes without --rounds and --json.");
  }
  const inProcess = values["in-process"];
  const isChosen = values.short || values.changes || values.profile || values.command !== undefined || values.workload.length + values.peer.length > 0;
  if (inProcess && isChosen) {
    throw new UsageError("--in-process measures parts of the steps alone: of the other options it takes --step, --rounds and --json.");
  }
  const isFull = !inProcess && !isChosen && values.step.length === 0;
  const known = peerNames(options);
  if (values.list) return console.log(list(known));
  const usualPeers = values.changes ? changesPeerNames(options) : values.short ? shortPeerNames(options) : known;
  const names = choosePeers(values.peer, known, usualPeers);
  const limit = openFilesLimit() - OTHER_FILES;
  const chosen = chooseWorkloads(values.workload, values.short || values.changes)
    // In a minute, there is no time for what is not about the learner's server.
    .filter(({ kind }) => !(values.short && values.command && kind === "broadcast"))
    .map((workload) => fitting(workload, limit));
  if (values.profile) return showProfiles(chosen, names, options);
  const rounds = values.rounds === undefined ? {} : { rounds: parseRounds(values.rounds) };
  const plan = { ...(values.short || values.changes ? SHORT : FULL), ...rounds };
  const alone = inProcess || isFull ? { ...IN_PROCESS, ...rounds } : undefined;

  const results = await measure({ chosen: inProcess ? [] : chosen, names, options, plan, isShort: values.short, alone });
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  const problems = results.workloads.flatMap(({ title, rows }) =>
    rows.flatMap(({ title: peer, problem }) => (problem === undefined ? [] : [`✖ ${peer}, ${title}: ${problem}.`])),
  );
  if (!inProcess) console.log(`\n${[...footnotes(results), ...problems].join("\n")}`);
  if (isFull && problems.length === 0) {
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
    console.log("Written to scripts/bench/results.json: npm start shows it.");
  }
  return problems.length > 0 ? 1 : 0;
});

interface Wanted {
  chosen: Workload[];
  names: string[];
  options: PeerOptions;
  plan: Plan;
  isShort: boolean;
  /** Whether to measure parts of the steps as well, and how. */
  alone: typeof IN_PROCESS | undefined;
}

async function measure({ chosen, names, options, plan, isShort, alone }: Wanted): Promise<Results> {
  const missing: MissingPeer[] = [];
  const peers = chosen.length > 0 ? await installedPeers(names, options, (peer) => missing.push(peer)) : [];
  const cores = await chooseCores();
  const results: Results = {
    machine: machine(cores),
    date: new Date().toISOString(),
    isShort,
    ...(alone && chosen.length === 0 ? alone : { rounds: plan.rounds, milliseconds: plan.milliseconds }),
    workloads: [],
    tasks: [],
    missing,
  };
  console.log([...circumstances(results), ...(chosen.length > 0 ? [method(results)] : [])].join("\n"));
  await measureServers();
  if (alone) results.tasks = await runInProcess(ourSteps(options.steps), cores?.server, alone.rounds, alone.milliseconds);
  for (const task of results.tasks) console.log(`\n${formatTask(task)}`);
  return results;

  async function measureServers(): Promise<void> {
    if (chosen.length === 0) return;
    const load = await Load.start(cores?.load);
    try {
      for (const workload of chosen) {
        const result = await runWorkload(workload, peers, load, cores, plan, progressOf(workload.name));
        results.workloads.push(result);
        console.log(`\n${formatWorkload(result)}`);
      }
    } finally {
      await load.stop();
    }
  }
}

async function installedPeers(names: string[], options: PeerOptions, missing: (peer: MissingPeer) => void): Promise<Peer[]> {
  if (needsInstallation(names)) {
    process.stderr.write("Installing the peers into scripts/bench/peers (about 110 MB) ...\n");
    if (!(await installPeers())) process.stderr.write("npm could not install them: see above. We go on without.\n");
  }
  return makePeers(names, options, missing);
}

/** In which functions each server spends its time, workload by workload. */
async function showProfiles(chosen: Workload[], names: string[], options: PeerOptions): Promise<number> {
  const peers = await installedPeers(names, options, ({ name, reason }) => console.log(`${name} is missing: ${reason}.`));
  const cores = await chooseCores();
  const load = await Load.start(cores?.load);
  try {
    for (const workload of chosen) {
      console.log(`\n${workload.title} (${describe(workload)})`);
      for (const peer of peers) console.log(`  ${peer.title}: ${formatShares(await profile(peer, workload, load, cores))}`);
    }
  } finally {
    await load.stop();
  }
  return 0;
}

/** On a terminal, one line that changes. */
function progressOf(name: string): (done: number, all: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (done, all) => process.stderr.write(done < all ? `\r${name}: ${Math.round((done / all) * 100)}% ` : "\r\x1b[K");
}

function machine(cores: Cores | undefined): Machine {
  const [{ model = "" } = {}] = cpus();
  return {
    cpu: model.trim() || process.arch,
    cores: cpus().length,
    system: `${type()} ${release().split("-")[0]}`,
    node: process.versions.node,
    pinning: cores
      ? `The servers run on core ${cores.server}, the load generator on core ${cores.load}.`
      : "Server and load generator run where the system puts them: there is no taskset, or only one core.",
  };
}

function choosePeers(wanted: string[], known: string[], usual: string[]): string[] {
  if (wanted.length === 0) return usual;
  for (const name of wanted) {
    if (!known.includes(name)) throw new UsageError(`There is no peer ${name}: there are ${known.join(", ")}.`);
  }
  return known.filter((name) => wanted.includes(name) || name === "yours");
}

function chooseWorkloads(wanted: string[], isShort: boolean): Workload[] {
  for (const name of wanted) {
    if (workloads.some((workload) => workload.name === name)) continue;
    throw new UsageError(`There is no workload ${name}: there are ${workloads.map((workload) => workload.name).join(", ")}.`);
  }
  return workloads.filter(({ name, isShort: inShort }) => (wanted.length > 0 ? wanted.includes(name) : !isShort || inShort));
}

/** Fewer connections where the system allows fewer open files, and a line that says so. */
function fitting(workload: Workload, limit: number): Workload {
  if (workload.connections <= limit) return workload;
  if (limit < 1) throw new Failure(`ulimit -n allows ${limit + OTHER_FILES} open files, which are too few.`);
  process.stderr.write(`${workload.name}: ${limit} connections, not ${workload.connections}, since ulimit -n allows no more.\n`);
  return { ...workload, connections: limit };
}

function parseRounds(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new UsageError(`--rounds is "${text}", but it is a whole number from 1 to 999.`);
  return Number(text);
}

function list(peers: string[]): string {
  const width = Math.max(...workloads.map(({ name }) => name.length));
  return [
    "Workloads:",
    ...workloads.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`),
    "Peers:",
    `  ${peers.join(", ")}`,
  ].join("\n");
}
