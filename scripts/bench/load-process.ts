import { Unsupported } from "./client.ts";
import { openSession, type Server, type Session } from "./sessions.ts";
import type { Workload } from "./workloads.ts";

/** The load generator's process: does what its parent asks for, over IPC. */

export type Wish =
  | { open: number; workload: Workload; server: Server }
  | { run: number; milliseconds: number }
  | { close: number };

/** What the load generator saw in one round. */
export interface Observed {
  count: number;
  bytes: number;
  seconds: number;
  /** Milliseconds that a batch or a handshake took. */
  latencies: number[];
  /** Which share of a core the load generator took. */
  loadShare: number;
}

export interface Question {
  id: number;
  wish: Wish;
}

export interface Answer {
  id: number;
  observed?: Observed;
  error?: string;
  /** The server cannot do it, which is no fault. */
  isUnsupported?: boolean;
}

const sessions = new Map<number, Session>();

process.on("message", ({ id, wish }: Question) => {
  fulfil(wish).then(
    (observed) => process.send?.({ id, observed } satisfies Answer),
    (error: Error) => process.send?.({ id, error: error.message, isUnsupported: error instanceof Unsupported } satisfies Answer),
  );
});
process.on("disconnect", () => process.exit());

async function fulfil(wish: Wish): Promise<Observed | undefined> {
  if ("open" in wish) {
    sessions.set(wish.open, await openSession(wish.workload, wish.server));
  } else if ("close" in wish) {
    sessions.get(wish.close)?.close();
    sessions.delete(wish.close);
  } else {
    const session = sessions.get(wish.run);
    if (session === undefined) throw new Error(`there is no session ${wish.run}`);
    return observe(session, wish.milliseconds);
  }
  return undefined;
}

async function observe(session: Session, milliseconds: number): Promise<Observed> {
  const start = performance.now();
  const before = process.cpuUsage();
  const { count, bytes, latencies } = await session.run(milliseconds);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - start) / 1000;
  return {
    count,
    bytes,
    seconds,
    // Three digits that count: the answer goes through JSON.
    latencies: latencies.map((latency) => Number(latency.toPrecision(3))),
    loadShare: (user + system) / 1e6 / seconds,
  };
}
