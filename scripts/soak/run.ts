import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startProcess, stopTree } from "../lib/processes.ts";
import { compile } from "./compile.ts";
import { mebibytes, number, type Outcome, type Size } from "./load.ts";
import type { FromLoad, FromParent, Job } from "./load-process.ts";
import type { Scenario } from "./scenarios.ts";
import { ServerProcess, type Measurement, type Memory, type Subject } from "./server-process.ts";

export interface Result {
  /** Rows of the table: what was counted, and how much. */
  counted: [label: string, value: string][];
  /** Why the server has failed, a sentence each. */
  problems: string[];
}

export interface RunOptions {
  seed: number;
  /** Whether the server negotiates permessage-deflate. */
  deflate: boolean;
  /** How long a client waits for an answer, and we for a server to come to rest when all have gone (milliseconds). */
  patience?: number;
  /** How long a scenario may take in all (milliseconds). */
  limit?: number;
}

const LOAD_PROGRAM = fileURLToPath(new URL("load-process.ts", import.meta.url));

const PATIENCE = 30_000;

/**
 * The round before the measured one, in which the server's code gets compiled and its pools get
 * filled. Where the memory of a connection is wanted it is smaller, since RSS that it leaves behind
 * is used again, and would make connections look cheaper than they are.
 */
const WARM_UP = 0.1;
const SMALL_WARM_UP = 0.01;
/** An attack may make the memory of the server grow up to so many times that at the start. */
export const PEAK_RATIO = 2.5;
/** Of what a round added to RSS, at most this may be left in the heap, and a little that is nobody's fault. */
const LEFT_RATIO = 0.01;
const LEFT_FLOOR = 1.5 * 2 ** 20;
/**
 * RSS comes back late or never, since allocators keep what they once had. Above so many times the
 * start we look twice: what they keep serves the same round again, but what is lost is lost anew.
 */
const RSS_RATIO = 1.5;
/** Of what the first round left in RSS, a second one may add so much. */
const SECOND_ROUND_RATIO = 0.5;
/** Objects that may be left: Node keeps the last ones of some kinds. */
const OBJECTS_LEFT = 5;

/** Runs one scenario against one server, both in fresh processes. */
export async function runScenario(subject: Subject, scenario: Scenario, size: Size, options: RunOptions): Promise<Result> {
  const { patience = PATIENCE, limit = 90_000 } = options;
  const timer = new AbortController();
  const tooLong = sleep(limit, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`it did not end within ${limit / 1000} seconds`);
  });
  tooLong.catch(() => {});
  let server: ServerProcess | undefined;
  let load: LoadProcess | undefined;
  try {
    load = new LoadProcess(await compile(LOAD_PROGRAM), patience);
    server = await ServerProcess.start(subject);
    return await Promise.race([measured(server, load, scenario, size, options), server.crashed, tooLong]);
  } catch (error) {
    return { counted: [], problems: [error instanceof Error ? error.message : String(error)] };
  } finally {
    timer.abort();
    await Promise.all([server?.stop(), load?.stop()]);
  }
}

async function measured(
  server: ServerProcess,
  load: LoadProcess,
  scenario: Scenario,
  size: Size,
  { seed, deflate, patience = PATIENCE }: RunOptions,
): Promise<Result> {
  const job: Job = { scenario: scenario.name, port: server.port, size, seed, deflate };
  const untouched = await server.resources();
  await load.run({ ...job, size: scaled(size, scenario.perConnection ? SMALL_WARM_UP : WARM_UP), seed: seed + 1 }, async () => {});
  await rest(server, untouched, patience);
  const before = await server.measure();

  await server.resetPeak();
  let held: Memory | undefined;
  const outcome = await load.run(job, async () => void (held = await server.memory()));
  const restless = await rest(server, before.resources, patience);
  const peak = await server.peak();
  const after = await server.measure();

  const again: Result = { counted: [], problems: [] };
  if (after.memory.rss > before.memory.rss * RSS_RATIO) {
    await load.run(job, async () => {});
    await rest(server, before.resources, patience);
    const { rss } = await server.memory();
    again.counted.push(["RSS after a second round", mebibytes(rss)]);
    again.problems.push(...judgeRss(before.memory.rss, after.memory.rss, rss));
  }

  const each = scenario.perConnection && held ? perConnection(before.memory, held, openOf(outcome)) : [];
  return {
    counted: [
      ...outcome.counted.map(([label, value]): [string, string] => [label, String(value)]),
      ...each,
      ["RSS: start, peak, end", [before.memory.rss, peak, after.memory.rss].map(mebibytes).join(", ")],
      ...again.counted,
      ["left: sockets, timers, heap", leftOvers(before, after)],
    ],
    problems: [...outcome.problems, ...restless, ...judge(scenario, before, peak, after), ...again.problems],
  };
}

/** Waits until nothing keeps the server's event loop alive that did not before. */
async function rest(server: ServerProcess, before: Measurement["resources"], patience: number): Promise<string[]> {
  const end = performance.now() + patience;
  for (;;) {
    const now = await server.resources();
    const more = Object.entries(now).filter(([kind, count]) => count > (before[kind] ?? 0));
    if (more.length === 0) return [];
    if (performance.now() > end) {
      return more.map(([kind, count]) => `${number(count - (before[kind] ?? 0))} ${kind} left when all clients had gone`);
    }
    await sleep(50);
  }
}

/** What is wrong with the memory: it must come back, and attacks must not make it grow. */
export function judge(scenario: Pick<Scenario, "isAttack">, before: Measurement, peak: number, after: Measurement): string[] {
  const problems: string[] = [];
  const growth = Math.max(0, peak - before.memory.rss);
  const left = used(after.memory) - used(before.memory);
  if (scenario.isAttack && peak > before.memory.rss * PEAK_RATIO) {
    problems.push(
      `memory grew from ${mebibytes(before.memory.rss)} to ${mebibytes(peak)}, ` +
        `${(peak / before.memory.rss).toFixed(1)} times the start; ${PEAK_RATIO} are allowed`,
    );
  }
  if (left > LEFT_FLOOR + growth * LEFT_RATIO) {
    problems.push(`${mebibytes(left)} of heap and buffers were not given back`);
  }
  for (const kind of ["sockets", "timers"] as const) {
    const more = (after.objects?.[kind] ?? 0) - (before.objects?.[kind] ?? 0);
    if (more > OBJECTS_LEFT) problems.push(`${number(more)} ${kind} are still in memory when all clients have gone`);
  }
  return problems;
}

/** What is wrong with RSS after a round, and after the same round once more. */
export function judgeRss(start: number, first: number, second: number): string[] {
  if (second - first <= (first - start) * SECOND_ROUND_RATIO) return [];
  return [`RSS grows with each round: ${[start, first, second].map(mebibytes).join(", ")}`];
}

function used({ heap, external }: Memory): number {
  return heap + external;
}

function leftOvers(before: Measurement, after: Measurement): string {
  const objects = (["sockets", "timers"] as const).map((kind) =>
    after.objects === null ? "?" : number(Math.max(0, after.objects[kind] - (before.objects?.[kind] ?? 0))),
  );
  return [...objects, mebibytes(Math.max(0, used(after.memory) - used(before.memory)))].join(", ");
}

function openOf({ counted }: Outcome): number {
  const [, open = 0] = counted.find(([label]) => label === "open") ?? [];
  return Number(String(open).replaceAll(",", ""));
}

function perConnection(before: Memory, held: Memory, connections: number): [string, string][] {
  const each = (bytes: number): string => `${(bytes / connections / 1024).toFixed(1)} KiB`;
  return [
    ["RSS for each", each(held.rss - before.rss)],
    ["heap and buffers for each", each(used(held) - used(before))],
  ];
}

function scaled(size: Size, factor: number): Size {
  return Object.fromEntries(Object.entries(size).map(([key, value]) => [key, Math.ceil(value * factor)]));
}

/** The load generator, in a process of its own: its memory and its work are not the server's. */
class LoadProcess {
  #child: ChildProcess;
  #ended: Promise<never>;

  constructor(program: string, patience: number) {
    this.#child = startProcess(process.execPath, [program], {
      env: { SOAK_PATIENCE: String(patience) },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#ended = once(this.#child, "exit").then(([code, signal]) => {
      throw new Error(`the load generator ended (${signal ?? `exit code ${code}`})`);
    });
    this.#ended.catch(() => {});
  }

  /** Runs a job, and `onHeld` in the moment in which everything is open. */
  async run(job: Job, onHeld: () => Promise<void>): Promise<Outcome> {
    const child = this.#child;
    const outcome = new Promise<Outcome>((resolve, reject) => {
      const listen = (message: unknown): void => {
        const told = message as FromLoad;
        if ("held" in told) return void onHeld().then(() => this.#tell({ go: true }), reject);
        child.off("message", listen);
        resolve(told.outcome);
      };
      child.on("message", listen);
    });
    this.#tell({ job });
    return Promise.race([outcome, this.#ended]);
  }

  stop(): Promise<void> {
    return stopTree(this.#child, 0);
  }

  #tell(message: FromParent): void {
    this.#child.send(message, () => {});
  }
}
