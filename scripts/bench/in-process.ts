import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ChildProcess } from "node:child_process";
import { Failure } from "../lib/cli.ts";
import { startProcess, stopTree } from "../lib/processes.ts";
import type { Step } from "../lib/steps.ts";
import { compile } from "../soak/compile.ts";
import { pinned } from "./cores.ts";
import type { TaskAnswer, TaskName, TaskQuestion } from "./in-process-program.ts";
import { median } from "./statistics.ts";

/** A part of a server, measured without sockets. */
export interface Task {
  name: TaskName;
  title: string;
  sizes: number[];
  /** What the last row is, which Node does itself. */
  limit: string;
}

/** What one task gave. */
export interface TaskResult {
  title: string;
  /** Bytes of payload, a column each. */
  sizes: number[];
  rows: { title: string; nanoseconds: (number | null)[]; lacks?: string }[];
}

const KIB = 1024;
const SIZES = [64, KIB, 64 * KIB, 1024 * KIB];

export const tasks: readonly Task[] = [
  { name: "mask", title: "Unmasking", sizes: SIZES, limit: "copying as many bytes" },
  { name: "utf8", title: "Checking UTF-8", sizes: SIZES, limit: "isUtf8 of node:buffer" },
  { name: "encode", title: "Encoding a frame", sizes: SIZES, limit: "copying as many bytes" },
  { name: "parse", title: "Parsing frames in chunks of 64 KiB", sizes: [64, KIB, 64 * KIB], limit: "copying as many bytes" },
  { name: "compress", title: "Compressing text, with a window", sizes: [64, KIB, 16 * KIB], limit: "deflateRawSync of node:zlib, without one" },
];

const PROGRAM = fileURLToPath(new URL("in-process-program.ts", import.meta.url));
const MODULES = { mask: "mask.ts", frame: "frame.ts", utf8: "utf8.ts", parser: "frame-parser.ts", compression: "message-compression.ts" };

/** Runs all tasks for these steps and for Node itself, each in a process of its own, in rounds. */
export async function runInProcess(steps: readonly Step[], core: number | undefined, rounds: number, milliseconds: number): Promise<TaskResult[]> {
  const workers: Worker[] = [];
  try {
    for (const step of steps) workers.push(await Worker.start(`step ${step.number}`, core, await modulesOf(step)));
    const node = await Worker.start("", core, null);
    workers.push(node);
    const results: TaskResult[] = [];
    for (const { name, title, sizes, limit } of tasks) {
      const rows = workers.map((worker) => ({ title: worker === node ? limit : worker.title, nanoseconds: [] as (number | null)[] }));
      for (const size of sizes) {
        const columns = await measure(workers, { task: name, size, milliseconds }, rounds);
        columns.forEach((column, index) => {
          const row: TaskResult["rows"][number] | undefined = rows[index];
          row?.nanoseconds.push(typeof column === "number" ? column : null);
          if (row && typeof column === "string") row.lacks = column;
        });
      }
      results.push({ title, sizes, rows });
    }
    return results;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

/** Nanoseconds for each worker, or why there are none. */
async function measure(workers: Worker[], question: Omit<TaskQuestion, "id">, rounds: number): Promise<(number | string)[]> {
  const times: number[][] = workers.map(() => []);
  const lacks: (string | undefined)[] = workers.map(() => undefined);
  // The first round compiles the code, and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, worker] of workers.entries()) {
      const answer = await worker.ask(question);
      lacks[index] = answer.lacks;
      if (round > 0 && answer.nanoseconds !== undefined) times[index]?.push(answer.nanoseconds);
    }
  }
  return workers.map((_, index) => lacks[index] ?? Number(median(times[index] ?? []).toPrecision(4)));
}

async function modulesOf(step: Step): Promise<Record<string, string>> {
  const found = Object.entries(MODULES).filter(([, file]) => existsSync(join(step.folder, file)));
  const compiled = found.map(async ([name, file]) => [name, pathToFileURL(await compile(join(step.folder, file))).href]);
  return Object.fromEntries(await Promise.all(compiled)) as Record<string, string>;
}

class Worker {
  readonly title: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  #questions = 0;

  static async start(title: string, core: number | undefined, modules: Record<string, string> | null): Promise<Worker> {
    const [command, args] = pinned(core, process.execPath, [await compile(PROGRAM)]);
    const child = startProcess(command, args, {
      env: { BENCH_MODULES: JSON.stringify(modules) },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const worker = new Worker(title, child);
    await Promise.race([once(child, "message"), worker.#ended]);
    return worker;
  }

  private constructor(title: string, child: ChildProcess) {
    this.title = title;
    this.#child = child;
    this.#ended = once(child, "exit").then(([code, signal]) => {
      throw new Failure(`The process that measures ${title || "Node"} ended (${signal ?? `exit code ${code}`}).`);
    });
    this.#ended.catch(() => {});
  }

  async ask(question: Omit<TaskQuestion, "id">): Promise<TaskAnswer> {
    const id = ++this.#questions;
    const answered = once(this.#child, "message") as Promise<[TaskAnswer]>;
    this.#child.send({ ...question, id } satisfies TaskQuestion, () => {});
    const [answer] = await Promise.race([answered, this.#ended]);
    return answer;
  }

  stop(): Promise<void> {
    return stopTree(this.#child, 0);
  }
}
