import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientOptions } from "./client.ts";
import { Opcode } from "./frames.ts";
import type { Random } from "./random.ts";

/** Helps the scenarios to put load on a server: many clients, and what all of them need. */

/** Numbers that make a scenario large or small, such as `{ clients: 2000 }`. */
export type Size = Record<string, number>;

export interface Outcome {
  /** Rows of the table, in order: what was counted, and how much. */
  counted: [label: string, value: string | number][];
  /** What was lost or wrong, a sentence each. None: the server has done all that it must. */
  problems: string[];
}

/** Connections to one address come from this many ports at most; then the next loopback address is next. */
const PORTS_PER_ADDRESS = 15_000;
/** So many handshakes are under way at once, unless a scenario wants a crowd: fewer than the server's backlog. */
const CONCURRENT_HANDSHAKES = 200;
/** Whoever waits longer than this for an answer counts as lost (milliseconds). */
const PATIENCE = Number(process.env.SOAK_PATIENCE ?? 30_000);
/** A server that takes no byte for so long has stopped reading (milliseconds). */
const STALL = 2000;

export class Load {
  readonly random: Random;
  /** Whether the server under test negotiates permessage-deflate. */
  readonly deflate: boolean;
  readonly clients = new Set<Client>();
  #port: number;
  #hold: () => Promise<void>;
  #connections = 0;

  constructor(options: { port: number; deflate: boolean; random: Random; hold: () => Promise<void> }) {
    this.#port = options.port;
    this.deflate = options.deflate;
    this.random = options.random;
    this.#hold = options.hold;
  }

  /** Stops until the server's memory with all that is open now has been measured. */
  hold(): Promise<void> {
    return this.#hold();
  }

  connect(options: Omit<ClientOptions, "port" | "localAddress"> = {}): Client {
    const address = Math.floor(this.#connections++ / PORTS_PER_ADDRESS);
    const localAddress = address === 0 ? undefined : `127.0.0.${address + 1}`;
    const client = new Client({ port: this.#port, localAddress, ...options });
    this.clients.add(client);
    void client.closed.then(() => this.clients.delete(client));
    return client;
  }

  /** Opens so many connections, some at a time, and gives those back that came about. */
  async connectMany(count: number, options: Omit<ClientOptions, "port" | "localAddress"> = {}): Promise<Client[]> {
    const open: Client[] = [];
    let left = count;
    const connectSome = async (): Promise<void> => {
      while (left-- > 0) {
        const client = this.connect(options);
        if (await within(client.opened)) open.push(client);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_HANDSHAKES }, connectSome));
    return open;
  }

  /** Ends all connections that are left, without goodbye. */
  async destroyAll(): Promise<void> {
    const left = [...this.clients];
    for (const { socket } of left) socket.destroy();
    await Promise.all(left.map(({ closed }) => closed));
  }

  /** A client that behaves, while others do not. */
  async witness(): Promise<Witness> {
    const client = this.connect();
    await within(client.opened);
    return new Witness(client);
  }
}

/** Sends a message again and again and wants each back: one bad client must not hurt the others. */
export class Witness {
  echoes = 0;
  isLost = false;
  #client: Client;
  #isDone = false;
  #loop: Promise<void>;

  constructor(client: Client) {
    this.#client = client;
    this.#loop = this.#run();
  }

  /** Waits for some more echoes, ends, and tells what was lost. */
  async end(): Promise<string[]> {
    const enough = this.echoes + 10;
    while (!this.isLost && this.echoes < enough) await sleep(5);
    this.#isDone = true;
    await this.#loop;
    this.#client.socket.destroy();
    return this.isLost ? [`another client, which behaved, got no echo after ${this.echoes}${reasonOf(this.#client)}`] : [];
  }

  async #run(): Promise<void> {
    while (!this.#isDone && !this.isLost) {
      const sent = Buffer.from(`witness ${this.echoes}`);
      const echo = new Promise<boolean>((resolve) => {
        this.#client.onData = ({ payload }) => resolve(payload.equals(sent));
        void this.#client.closed.then(() => resolve(false));
      });
      this.#client.send(Opcode.Text, sent);
      if (await within(echo)) this.echoes++;
      else this.isLost = true;
      await sleep(5);
    }
  }
}

/** Why a client is at its end, as far as it knows, in brackets. */
export function reasonOf({ closeCode, error, status }: Client): string {
  if (closeCode) return ` (closed with ${closeCode})`;
  if (error) return ` (${error})`;
  return status && status !== 101 ? ` (status ${status})` : "";
}

/** What the promise gives, or undefined when nobody has patience any more. */
export async function within<T>(promise: Promise<T>, milliseconds = PATIENCE): Promise<T | undefined> {
  const patience = new AbortController();
  const end = sleep(milliseconds, undefined, { signal: patience.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, end]);
  } finally {
    patience.abort();
  }
}

/** Writes the chunk so many times, as fast as the server takes it. Gives back the bytes that have left us. */
export async function pour(client: Client, chunk: Buffer, times: number): Promise<number> {
  const { socket } = client;
  const start = socket.bytesWritten;
  for (let i = 0; i < times && !client.isClosed && socket.writable; i++) {
    if (!socket.write(chunk) && !(await drained(client))) break;
  }
  if (socket.writableLength > 0) await drained(client);
  return socket.bytesWritten - start - socket.writableLength;
}

/** Waits until all is written, or gives up: the connection has ended, or the server reads no more. */
async function drained(client: Client): Promise<boolean> {
  const { socket } = client;
  const wait = new AbortController();
  try {
    for (let before = -1; ; ) {
      if (client.isClosed || socket.writableLength === 0) return !client.isClosed;
      const drain = once(socket, "drain", { signal: wait.signal }).then(() => true, () => false);
      const hasDrained = await within(Promise.race([drain, client.closed.then(() => false)]), STALL);
      if (hasDrained !== undefined) return hasDrained;
      const now = socket.bytesWritten - socket.writableLength;
      if (now === before) return false;
      before = now;
    }
  } finally {
    wait.abort();
  }
}

/** How often each of the values occurs, the most frequent ones first: `1002: 40, 1007: 3`. */
export function tally(values: Iterable<string | number>): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return sorted.map(([value, count]) => `${value}: ${count.toLocaleString("en")}`).join(", ");
}

export function number(value: number): string {
  return value.toLocaleString("en");
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
}
