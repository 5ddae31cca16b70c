import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Failure } from "../lib/cli.ts";
import { freePort, isPortAnswering } from "../lib/ports.ts";
import { startProcess, stopTree } from "../lib/processes.ts";
import { compile } from "./compile.ts";

/** Bytes, garbage left out. */
export interface Memory {
  rss: number;
  heap: number;
  external: number;
}

/** How many there are of each kind that keeps the event loop alive, such as `TCPSocketWrap`. */
export type Resources = Record<string, number>;

export interface Measurement {
  memory: Memory;
  resources: Resources;
  /** Objects in memory; null where Node cannot count them. */
  objects: { sockets: number; timers: number } | null;
}

/** What a server is: a file that listens on PORT, as every step's `server.ts` does. */
export interface Subject {
  /** What its column in the table is called. */
  title: string;
  file: string;
  env?: Record<string, string>;
}

const PROBE = fileURLToPath(new URL("probe.mjs", import.meta.url));
const START_LIMIT = 30_000;

/** A server in a process of its own, with the probe in it. */
export class ServerProcess {
  readonly port: number;
  /** Rejects when the server ends before {@link stop} ends it, with what it said last. */
  readonly crashed: Promise<never>;
  #child: ChildProcess;
  #stderr = "";
  #isStopping = false;
  #questions = 0;

  static async start(subject: Subject): Promise<ServerProcess> {
    const program = await compile(subject.file);
    const server = new ServerProcess(program, subject, await freePort());
    await Promise.race([server.#listening(subject), server.crashed]);
    // The first question adds the pipe for questions to the resources, and our look at the port has to end.
    await server.memory();
    for (let i = 0; i < 100 && (await server.resources())["TCPSocketWrap"]; i++) await sleep(10);
    return server;
  }

  private constructor(program: string, { env }: Subject, port: number) {
    this.port = port;
    this.#child = startProcess(process.execPath, ["--expose-gc", "--import", PROBE, program], {
      env: { ...env, PORT: String(port) },
      // What a server logs is not our affair, but it must not have to wait for a reader.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-20_000);
    });
    this.crashed = new Promise((_, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        if (!this.#isStopping) reject(new Error(`the server's process ended (${signal ?? `exit code ${code}`})${this.#lastWords()}`));
      });
    });
    // Whoever does not wait for it just now learns it at the next question.
    this.crashed.catch(() => {});
  }

  async measure(): Promise<Measurement> {
    const memory = (await this.#ask("memory")) as Memory;
    const objects = (await this.#ask("objects")) as Measurement["objects"];
    return { memory, objects, resources: await this.resources() };
  }

  async memory(): Promise<Memory> {
    return (await this.#ask("memory")) as Memory;
  }

  async resources(): Promise<Resources> {
    return (await this.#ask("resources")) as Resources;
  }

  /** From now on {@link peak} counts anew. */
  async resetPeak(): Promise<void> {
    await this.#ask("resetPeak");
  }

  /** The most RSS since {@link resetPeak}, in bytes. */
  async peak(): Promise<number> {
    return (await this.#ask("peak")) as number;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await stopTree(this.#child, 500);
  }

  async #listening({ file }: Subject): Promise<void> {
    const end = performance.now() + START_LIMIT;
    while (!(await isPortAnswering(this.port))) {
      if (performance.now() > end) throw new Failure(`${file} does not listen on the port in PORT.`);
      await sleep(20);
    }
  }

  #ask(question: string): Promise<unknown> {
    const id = ++this.#questions;
    const child = this.#child;
    const answered = new Promise<unknown>((resolve) => {
      const listen = (message: unknown): void => {
        const { id: answeredId, answer } = message as { id: number; answer: unknown };
        if (answeredId !== id) return;
        child.off("message", listen);
        resolve(answer);
      };
      child.on("message", listen);
      // A process that has gone is told by `crashed`.
      if (child.connected) child.send({ id, question }, () => {});
    });
    return Promise.race([answered, this.crashed]);
  }

  /** The error in what the process has written, in one line. */
  #lastWords(): string {
    const lines = this.#stderr.split("\n").map((line) => line.trim());
    const error = lines.find((line) => /^(?:\w+ )?\w*Error\b.*:|^FATAL ERROR/.test(line));
    return error ? `: ${error}` : "";
  }
}
