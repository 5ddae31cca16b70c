import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, isPortAnswering } from "../lib/ports.ts";
import { exitCode, startProcess, stopTree } from "../lib/processes.ts";
import { pinned } from "./cores.ts";
import type { Peer } from "./peers.ts";
import { processGroup } from "./process-group.ts";
import type { Memory, Usage } from "./servers/contract.ts";
import type { Workload } from "./workloads.ts";

const START_LIMIT = 30_000;
const ANSWER_LIMIT = 30_000;

/** A peer's server in a process of its own. */
export class ServerProcess {
  /** Rejects when the server ends before {@link stop} ends it, with what it said last. */
  readonly crashed: Promise<never>;
  readonly #child: ChildProcess;
  readonly #isForeign: boolean;
  #port = 0;
  #answers: AsyncIterator<string> | undefined;
  #stderr = "";
  #isStopping = false;

  static async start({ program }: Peer, { kind, deflate }: Workload, core: number | undefined): Promise<ServerProcess> {
    const port = program.kind === "foreign" ? await freePort() : 0;
    const env =
      program.kind === "foreign"
        ? { PORT: String(port) }
        : { ...program.env, BENCH_BROADCAST: kind === "broadcast" ? "1" : "0", BENCH_DEFLATE: deflate ? "1" : "0" };
    const [command, args] = pinned(core, program.command, program.args);
    const isForeign = program.kind === "foreign";
    const child = startProcess(command, args, {
      env,
      // What a foreign server logs must not have to wait for a reader.
      stdio: [isForeign ? "ignore" : "pipe", isForeign ? "ignore" : "pipe", "pipe"],
    });
    const server = new ServerProcess(child, isForeign);
    try {
      server.#port = await Promise.race([isForeign ? listening(port) : server.#ask<{ port: number }>().then(({ port }) => port), server.crashed]);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  private constructor(child: ChildProcess, isForeign: boolean) {
    this.#child = child;
    this.#isForeign = isForeign;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-20_000);
    });
    // Whoever writes to a process that has ended learns it by `crashed`.
    child.stdin?.on("error", () => {});
    if (child.stdout) this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.crashed = new Promise((_, reject) => {
      child.once("error", (error) => reject(new Error(`it cannot be started (${error.message})`)));
      child.once("close", async (code, signal) => {
        // Ctrl-C ends it too: then this waits for ever, and nobody reports it.
        await exitCode(child);
        if (!this.#isStopping) reject(new Error(`its process ended (${signal ?? `exit code ${code}`})${this.#lastWords()}`));
      });
    });
    this.crashed.catch(() => {});
  }

  get port(): number {
    return this.#port;
  }

  /** Microseconds of CPU time since its start; undefined where the system does not tell. */
  async cpu(): Promise<number | undefined> {
    if (this.#isForeign) return processGroup(this.#child)?.cpu;
    return (await this.#ask<Usage>("usage")).cpu;
  }

  async memory(): Promise<Memory | undefined> {
    if (!this.#isForeign) return this.#ask<Memory>("memory");
    const group = processGroup(this.#child);
    return group && { rss: group.rss, heap: NaN };
  }

  /** Lets a server of ours end by itself: it does when nobody has a question any more. */
  async leave(): Promise<void> {
    this.#isStopping = true;
    this.#child.stdin?.end();
    await exitCode(this.#child);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await stopTree(this.#child, 500);
  }

  /** The answer to a question, or what it says by itself when it listens. */
  async #ask<T>(question?: string): Promise<T> {
    if (question !== undefined) this.#child.stdin?.write(`${question}\n`);
    const timer = new AbortController();
    const tooLong = sleep(ANSWER_LIMIT, undefined, { signal: timer.signal }).then(() => {
      throw new Error("it does not answer any more");
    });
    tooLong.catch(() => {});
    const answer = this.#answers?.next() ?? Promise.reject(new Error("it cannot be asked"));
    try {
      const { value } = await Promise.race([answer, this.crashed, tooLong]);
      // At the end of its output there is nothing, and `crashed` says why.
      return value === undefined ? await this.crashed : (JSON.parse(value as string) as T);
    } finally {
      timer.abort();
    }
  }

  /** The error in what the process has written, in one line. */
  #lastWords(): string {
    const lines = this.#stderr.split("\n").map((line) => line.trim());
    const error = lines.find((line) => /^(?:\w+ )?\w*Error\b.*:|^FATAL ERROR/i.test(line)) ?? lines.findLast((line) => line !== "");
    return error ? `: ${error.slice(0, 200)}` : "";
  }
}

async function listening(port: number): Promise<number> {
  const end = performance.now() + START_LIMIT;
  while (!(await isPortAnswering(port))) {
    if (performance.now() > end) throw new Error(`it does not listen on the port in PORT (${port}) after ${START_LIMIT / 1000} seconds`);
    await sleep(30);
  }
  return port;
}
