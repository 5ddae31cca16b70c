import { encodeClose } from "../soak/frames.ts";
import { Client, type Target } from "./client.ts";
import { EchoCheck, type Learned } from "./echo-check.ts";
import { makeBatches, serverFrame, type Batch } from "./messages.ts";
import type { Workload } from "./workloads.ts";

/** What a session counts in one round. */
export interface Counted {
  /** Messages, deliveries, handshakes or connections that were checked. */
  count: number;
  /** Bytes of payload that came back. */
  bytes: number;
  /** How long each batch or handshake took, in milliseconds. */
  latencies: number[];
}

/** The load on one server: its connections stay open from round to round. */
export interface Session {
  /** Works for so many milliseconds, and until all that is on its way has arrived. */
  run(milliseconds: number): Promise<Counted>;
  close(): void;
}

/** The server, as the load generator sees it. */
export interface Server {
  port: number;
  /** Whether it sends back our own bytes, instead of frames of its own. */
  isRaw: boolean;
  /** Whether it wants an opening handshake. */
  upgrade: boolean;
}

/** How long a server may keep us waiting in milliseconds. */
const PATIENCE = 15_000;
/** How many connections are opened at a time. */
const OPENING = 100;
/** A closed connection keeps its port for a minute, and there are some 28,000. */
const MOST_HANDSHAKES = 2000;
const CLOSE_NORMAL = 1000;

/** Opens the connections that a workload needs. */
export async function openSession(workload: Workload, server: Server): Promise<Session> {
  if (workload.kind === "handshake") return handshakeSession(workload, server);
  const batches = makeBatches(workload, server.isRaw);
  const lanes = await openLanes(workload, server, batches);
  if (workload.kind === "echo") return echoSession(lanes, batches);
  if (workload.kind === "broadcast") return broadcastSession(lanes, batches);
  return idleSession(lanes, batches);
}

/** A connection, and what is expected of it. */
interface Lane {
  client: Client;
  check: EchoCheck;
}

async function openLanes({ connections, deflate = false, kind }: Workload, server: Server, batches: Batch[]): Promise<Lane[]> {
  const largest = Math.max(...batches.map(({ sent }) => sent.length));
  const bufferSize = kind === "idle" ? 512 : Math.min(Math.max(largest, 4096), 256 * 1024);
  const target: Target = { port: server.port, upgrade: server.upgrade, deflate, bufferSize };
  const learned: Learned = new Map();
  const lanes: Lane[] = [];
  while (lanes.length < connections) {
    const missing = Math.min(OPENING, connections - lanes.length);
    const opening = Array.from({ length: missing }, () => patiently(Client.open(target), "it did not answer a handshake"));
    for (const result of await Promise.allSettled(opening)) {
      if (result.status === "rejected") {
        closeAll(lanes);
        throw result.reason;
      }
      const client = result.value;
      const check = new EchoCheck({ isRaw: server.isRaw, learned, answer: (bytes) => client.write(bytes) });
      lanes.push({ client, check });
    }
  }
  return lanes;
}

function echoSession(lanes: Lane[], batches: Batch[]): Session {
  const run = (milliseconds: number): Promise<Counted> =>
    round(lanes, (counted, finish) => {
      const end = performance.now() + milliseconds;
      let working = lanes.length;
      lanes.forEach(({ client, check }, index) => {
        let turn = index;
        let batch = batches[0] as Batch;
        let start = 0;
        const next = (now: number): void => {
          batch = batches[turn++ % batches.length] as Batch;
          start = now;
          check.begin(batch);
          client.write(batch.sent);
        };
        client.onBytes = (bytes, length) => {
          if (!check.take(bytes, length)) return;
          const now = performance.now();
          add(counted, batch, 1, now - start);
          if (now < end) next(now);
          else if (--working === 0) finish();
        };
        next(performance.now());
      });
    });
  return { run, close: () => closeAll(lanes) };
}

function broadcastSession(lanes: Lane[], batches: Batch[]): Session {
  const [sender] = lanes;
  const run = (milliseconds: number): Promise<Counted> =>
    round(lanes, (counted, finish) => {
      const end = performance.now() + milliseconds;
      let turn = 0;
      let batch = batches[0] as Batch;
      let start = 0;
      let missing = 0;
      const next = (now: number): void => {
        batch = batches[turn++ % batches.length] as Batch;
        start = now;
        missing = lanes.length;
        for (const { check } of lanes) check.begin(batch);
        sender?.client.write(batch.sent);
      };
      for (const { client, check } of lanes) {
        client.onBytes = (bytes, length) => {
          if (!check.take(bytes, length) || --missing > 0) return;
          const now = performance.now();
          add(counted, batch, lanes.length, now - start);
          if (now < end) next(now);
          else finish();
        };
      }
      next(performance.now());
    });
  return { run, close: () => closeAll(lanes) };
}

/** A round of a session whose connections are there: `work` begins it, and calls `finish`. */
function round(lanes: Lane[], work: (counted: Counted, finish: () => void) => void): Promise<Counted> {
  return new Promise((resolve, reject) => {
    const counted: Counted = { count: 0, bytes: 0, latencies: [] };
    let seen = -1;
    const watch = setInterval(() => {
      if (seen === counted.count) settle(new Error(`it sent no complete echo for ${PATIENCE / 1000} seconds`));
      seen = counted.count;
    }, PATIENCE);
    const settle = (error?: Error): void => {
      clearInterval(watch);
      for (const { client } of lanes) client.onEnd = () => {};
      if (error) reject(error);
      else resolve(counted);
    };
    for (const { client } of lanes) {
      client.onEnd = (error) => settle(new Error(`it ended a connection${error ? ` (${error.message})` : ""}`));
      client.onProblem = settle;
    }
    work(counted, settle);
  });
}

function add(counted: Counted, { payloads, bytes }: Batch, times: number, latency: number): void {
  counted.count += payloads.length * times;
  counted.bytes += bytes * times;
  counted.latencies.push(latency);
}

/** Opens connections and closes them properly; there are some at any time, and none stays. */
function handshakeSession({ connections }: Workload, server: Server): Session {
  const target: Target = { port: server.port, upgrade: true, deflate: false, bufferSize: 1024 };
  const sent = encodeClose(CLOSE_NORMAL);
  const payload = Buffer.from([CLOSE_NORMAL >> 8, CLOSE_NORMAL & 0xff]);
  const expected = server.isRaw ? sent : serverFrame(8, payload);
  const run = async (milliseconds: number): Promise<Counted> => {
    const counted: Counted = { count: 0, bytes: 0, latencies: [] };
    const end = performance.now() + milliseconds;
    let left = MOST_HANDSHAKES;
    const work = async (): Promise<void> => {
      while (performance.now() < end && left-- > 0) {
        const start = performance.now();
        const client = await patiently(Client.open(target), "it did not answer a handshake");
        counted.latencies.push(performance.now() - start);
        await patiently(closeProperly(client, sent, expected), "it did not end a closed connection");
        counted.count++;
      }
    };
    await Promise.all(Array.from({ length: connections }, work));
    return counted;
  };
  return { run, close: () => {} };
}

function closeProperly(client: Client, sent: Buffer, expected: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    client.onBytes = (bytes, length) => {
      received = Buffer.concat([received, bytes.subarray(0, length)]);
      // A bare server knows no Close frame, and waits for our end.
      if (received.length >= expected.length && expected === sent) client.end();
    };
    client.onEnd = (error) => {
      if (error) reject(error);
      else if (received.equals(expected)) resolve();
      else reject(new Error(`it answered a Close frame with ${received.toString("hex") || "nothing"}`));
    };
    client.write(sent);
  });
}

/** The connections are there; a round shows that each of them works. */
function idleSession(lanes: Lane[], batches: Batch[]): Session {
  const run = async (): Promise<Counted> => {
    const total: Counted = { count: 0, bytes: 0, latencies: [] };
    for (let at = 0; at < lanes.length; at += OPENING) {
      const { count, bytes } = await echoSession(lanes.slice(at, at + OPENING), batches).run(0);
      total.count += count;
      total.bytes += bytes;
    }
    return total;
  };
  return { run, close: () => closeAll(lanes) };
}

function closeAll(lanes: Lane[]): void {
  for (const { client } of lanes) client.destroy();
}

async function patiently<T>(promise: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${PATIENCE / 1000} seconds`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
