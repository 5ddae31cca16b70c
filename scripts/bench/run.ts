import { setTimeout as sleep } from "node:timers/promises";
import type { Cores } from "./cores.ts";
import { NotSupported, type Load } from "./load.ts";
import type { Observed } from "./load-process.ts";
import type { Peer } from "./peers.ts";
import type { Figures, Row, WorkloadResult } from "./results.ts";
import { ServerProcess } from "./server-process.ts";
import type { Memory } from "./servers/contract.ts";
import { median, medianRatio, percentile } from "./statistics.ts";
import { describe, IDLE_ROUNDS, type Workload } from "./workloads.ts";

export interface Plan {
  rounds: number;
  /** How long a round takes. */
  milliseconds: number;
  /** How much CPU time each server spends before anything is measured, in milliseconds. */
  warmUp: number;
}

/** What one round of one peer gave. */
interface Round extends Partial<Observed> {
  /** Microseconds for each thing that was counted. */
  cpu?: number | undefined;
  serverShare?: number | undefined;
  /** Bytes for each connection. */
  memory?: Memory | undefined;
}

/** A peer's server while a workload runs, and what it has given so far. */
interface Entry {
  peer: Peer;
  rounds: Round[];
  server?: ServerProcess;
  session?: number;
  problem?: string;
  lacks?: string;
}

/** Called at each thing that is done, with the number of all. */
export type Progress = (done: number, all: number) => void;

/** The peer with which the others are compared. */
const REFERENCE = "ws";
/** Of the connections whose memory we want to know, this share comes and goes before: it fills the pools. */
const WARM_UP_SHARE = 0.02;
/** Of fewer, the last percent would be the slowest alone. */
const LEAST_FOR_P99 = 100;
/** How often half the time of a warm-up passes at most. */
const MOST_SLICES = 16;
const idleRounds = (rounds: number): number => Math.min(rounds, IDLE_ROUNDS);
/** How long a server may take until it has forgotten connections. */
const FORGETTING = 300;

/**
 * Runs one workload against all peers, each in a fresh process, in rounds: each round asks one peer
 * after the other, so that what disturbs the machine for a while disturbs all. Whoever fails is left
 * out from then on, with the reason in its row.
 */
export async function runWorkload(
  workload: Workload,
  peers: readonly Peer[],
  load: Load,
  cores: Cores | undefined,
  plan: Plan,
  progress: Progress = () => {},
): Promise<WorkloadResult> {
  const entries: Entry[] = peers.map((peer) => {
    const lacks = peer.lacks(workload);
    return { peer, rounds: [], ...(lacks === undefined ? {} : { lacks }) };
  });
  const isIdle = workload.kind === "idle";
  const all = entries.length * (isIdle ? idleRounds(plan.rounds) : plan.rounds + 1);
  let done = 0;
  const each = async (work: (entry: Entry) => Promise<void>): Promise<void> => {
    for (const entry of entries) {
      if (entry.problem === undefined && entry.lacks === undefined) await attempt(entry, work);
      progress(++done, all);
    }
  };
  try {
    if (isIdle) {
      for (let round = 0; round < idleRounds(plan.rounds); round++) await each((entry) => holdIdle(entry, workload, load, cores));
    } else {
      await each((entry) => begin(entry, workload, load, cores, plan));
      for (let round = 0; round < plan.rounds; round++) await each((entry) => measure(entry, load, plan.milliseconds));
    }
  } finally {
    await Promise.all(entries.map((entry) => end(entry, load)));
  }
  const { name, title, unit } = workload;
  return { name, title, unit, details: describe(workload), rows: rowsOf(entries) };
}

async function attempt(entry: Entry, work: (entry: Entry) => Promise<void>): Promise<void> {
  try {
    await work(entry);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof NotSupported) entry.lacks = message;
    else entry.problem = message;
  }
}

/** While this is going on, the server's own end is an error of its own. */
function unlessCrashed<T>(server: ServerProcess, work: Promise<T>): Promise<T> {
  // It ends its connections when it crashes: why it crashed says more than that.
  const later = work.catch(async (error: unknown): Promise<never> => {
    await Promise.race([server.crashed, sleep(100)]);
    throw error;
  });
  return Promise.race([later, server.crashed]);
}

async function begin(entry: Entry, workload: Workload, load: Load, cores: Cores | undefined, plan: Plan): Promise<void> {
  const { peer } = entry;
  const server = (entry.server = await ServerProcess.start(peer, workload, cores?.server));
  const { isRaw, upgrade } = peer;
  const session = await unlessCrashed(server, load.open(workload, { port: server.port, isRaw, upgrade }));
  entry.session = session;
  await unlessCrashed(server, warmUp(server, session, load, plan.warmUp));
}

/**
 * A server's code gets fast by being run. On a machine that has other things to do that can take
 * long, so that we wait for CPU time, within limits.
 */
async function warmUp(server: ServerProcess, session: number, load: Load, milliseconds: number): Promise<void> {
  const start = (await server.cpu()) ?? NaN;
  for (let slice = 0; slice < MOST_SLICES; slice++) {
    await load.run(session, milliseconds / 2);
    const spent = ((await server.cpu()) ?? NaN) - start;
    if (spent >= milliseconds * 1000 || (slice > 0 && Number.isNaN(spent))) return;
  }
}

async function measure({ server, session, rounds }: Entry, load: Load, milliseconds: number): Promise<void> {
  if (server === undefined || session === undefined) return;
  const before = await server.cpu();
  const observed = await unlessCrashed(server, load.run(session, milliseconds));
  const after = await server.cpu();
  const cpu = before === undefined || after === undefined ? undefined : after - before;
  rounds.push({
    ...observed,
    cpu: cpu === undefined ? undefined : cpu / observed.count,
    serverShare: cpu === undefined ? undefined : cpu / 1e6 / observed.seconds,
  });
}

async function holdIdle(entry: Entry, workload: Workload, load: Load, cores: Cores | undefined): Promise<void> {
  const { isRaw, upgrade } = entry.peer;
  const server = (entry.server = await ServerProcess.start(entry.peer, workload, cores?.server));
  const target = { port: server.port, isRaw, upgrade };
  const few = { ...workload, connections: Math.ceil(workload.connections * WARM_UP_SHARE) };
  const first = await unlessCrashed(server, load.open(few, target));
  await unlessCrashed(server, load.run(first, 0));
  await load.close(first);
  await sleep(FORGETTING);

  const before = await server.memory();
  const session = await unlessCrashed(server, load.open(workload, target));
  const after = await server.memory();
  // Each of them has to work, or it would be no connection.
  const { count } = await unlessCrashed(server, load.run(session, 0));
  await load.close(session);
  await server.stop();
  const each = (kind: keyof Memory): number => ((after?.[kind] ?? NaN) - (before?.[kind] ?? NaN)) / workload.connections;
  entry.rounds.push({ count, memory: { rss: each("rss"), heap: each("heap") } });
}

async function end({ server, session }: Entry, load: Load): Promise<void> {
  if (session !== undefined) await load.close(session).catch(() => {});
  await server?.stop();
}

function rowsOf(entries: Entry[]): Row[] {
  const reference = entries.find(({ peer }) => peer.name === REFERENCE);
  return entries.map(({ peer, rounds, problem, lacks }) => ({
    peer: peer.name,
    title: peer.title,
    ...(problem !== undefined ? { problem } : lacks !== undefined ? { lacks } : { figures: figuresOf(rounds, reference?.rounds ?? []) }),
  }));
}

function figuresOf(rounds: Round[], reference: Round[]): Figures {
  const middle = (value: (round: Round) => number | undefined): number | null => {
    const values = rounds.map(value);
    return values.every((each) => each !== undefined) ? known(median(values as number[])) : null;
  };
  // Of all rounds together: some workloads give a few in each.
  const latencies = Float64Array.from(rounds.flatMap(({ latencies = [] }) => latencies)).sort();
  const costs = (of: Round[]): number[] => of.map(({ cpu }) => cpu ?? NaN);
  return {
    cpu: middle(({ cpu }) => cpu),
    cpuToWs: known(medianRatio(costs(rounds), costs(reference))),
    perSecond: middle(({ count, seconds }) => seconds && (count ?? 0) / seconds),
    bytesPerSecond: middle(({ bytes, seconds }) => seconds && (bytes ?? 0) / seconds),
    p50: known(percentile(latencies, 50)),
    p99: latencies.length < LEAST_FOR_P99 ? null : known(percentile(latencies, 99)),
    serverShare: middle(({ serverShare }) => serverShare),
    loadShare: middle(({ loadShare }) => loadShare),
    rss: middle(({ memory }) => memory?.rss),
    heap: middle(({ memory }) => memory?.heap),
  };
}

/** JSON knows no NaN, and of so many digits only the first ones are no noise. */
function known(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
