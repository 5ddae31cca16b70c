import { createRequire } from "node:module";
import { createInterface } from "node:readline";

/**
 * What all servers of the benchmark have in common, those that Bun runs included: they listen on a
 * free port of 127.0.0.1, say which, and answer questions about themselves, a line of JSON each.
 */

/** Whether to send a message to everyone, instead of back to its sender. */
export const isBroadcast: boolean = process.env["BENCH_BROADCAST"] === "1";
/** Whether to negotiate permessage-deflate, with whatever settings the library has by itself. */
export const deflate: boolean = process.env["BENCH_DEFLATE"] === "1";
/** More than the largest message; some libraries take less by themselves. */
export const MAX_PAYLOAD: number = 16 * 2 ** 20;
export const HOST = "127.0.0.1";

/** What a server answers to `usage`: microseconds of CPU time of all its threads since its start. */
export interface Usage {
  cpu: number;
}

/** What a server answers to `memory`: bytes, garbage left out. */
export interface Memory {
  rss: number;
  /** Heap and buffers; what a library in C++ allocates is not among it. */
  heap: number;
}

/** Loads a package from where the benchmark has it: the course's own, or `scripts/bench/peers/`. */
export function requirePeer(name: string): unknown {
  const manifest = process.env["BENCH_REQUIRE_FROM"] ?? "";
  return createRequire(manifest)(name);
}

/** To be called when the server listens. When whoever has started it is gone, the server ends. */
export function ready(port: number): void {
  say({ port });
  const questions = createInterface({ input: process.stdin });
  questions.on("line", (question) => say(question === "memory" ? memory() : usage()));
  questions.on("close", () => process.exit());
}

/** The port in what `server.address()` gives. */
export function portOf(address: unknown): number {
  return (address as { port: number }).port;
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system };
}

function memory(): Memory {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

function collectGarbage(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc: (sync: boolean) => void } };
  // Twice: the first round runs finalizers, whose objects the second one takes.
  for (let i = 0; i < 2; i++) Bun ? Bun.gc(true) : gc?.();
}

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
