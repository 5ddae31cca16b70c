import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, isPortBusy } from "../lib/ports.ts";
import { startProcess, stopTree, typescriptCommand } from "../lib/processes.ts";
import { listSteps, type Step } from "../lib/steps.ts";
import type { Log } from "./log.ts";
import type { Direction, ProgramState, Rechunk } from "./messages.ts";
import type { Recorder } from "./recorder.ts";
import { Tap } from "./tap.ts";

/** A wish that cannot be fulfilled: its message is a sentence for the page. */
export class Problem extends Error {
  override name = "Problem";
}

export interface RunnerOptions {
  /** The folder that holds the steps. */
  stepsFolder: string;
  /** Where the tap listens, if that port is free. */
  tapPort: number;
  /** The origins of the site, which the steps let in. */
  origins: readonly string[];
  recorder: Recorder;
  log: Log;
  /** Something in the state has changed. */
  onChange: () => void;
  /** How long a server may take until we say that it does not listen; in milliseconds. */
  patience?: number;
  /** Opens the tap; a test may watch it. */
  listen?: typeof Tap.listen;
}

/** How long a program that shall stop may take, in milliseconds. */
const GRACE = 1000;

interface StepPlace {
  /** As its folder has it: `07`. */
  number: string;
  slug: string;
  folder: string;
}

/** A program that has been started. */
interface Running {
  child: ChildProcess;
  slug: string;
  run: number;
  /** We are stopping it. */
  isAsked: boolean;
  /** Resolves when it listens on its port; never, if it does not. */
  listening: Promise<void>;
  /** Resolves when it is gone. */
  gone: Promise<void>;
}

/** What shall happen when it is its turn. */
interface Wish {
  action: () => Promise<void>;
  done: Promise<void>;
}

/** Runs the server of one step at a time, with the tap in front of it, and its client. */
export class Runner {
  server: ProgramState = { status: "none" };
  client: ProgramState = { status: "none" };
  readonly rechunk: Record<Direction, Rechunk> = { "to-server": "as-is", "to-client": "as-is" };
  tapPort: number | undefined;
  tapMoved = false;

  #options: RunnerOptions;
  #runs = 0;
  #tap: Tap | undefined;
  /** Takes no new connection, but may have open ones. */
  #oldTap: Tap | undefined;
  #running: Partial<Record<"server" | "client", Running>> = {};
  /** Starts and stops happen one after the other. */
  #queue: Promise<void> = Promise.resolve();
  /** The wishes whose turn has not come. */
  #waiting: Partial<Record<"server" | "client", Wish>> = {};
  /** Counts the wishes for the server: only the last one counts. */
  #wishes = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** The steps that can be started, as they are now. */
  get steps(): Step[] {
    return listSteps(this.#options.stepsFolder).filter(({ folder }) => existsSync(join(folder, "server.ts")));
  }

  /** Starts a step's server, after the end of the one that runs. Throws a {@link Problem} if there is no such step. */
  start(slug: string): Promise<void> {
    const step = this.#find(slug);
    if (!step) throw new Problem(`There is no step called "${slug.slice(0, 60)}" that could be started.`);
    this.#wishes += 1;
    const wish = this.#wishes;
    const isLast = () => wish === this.#wishes;
    return this.#enqueue("server", async () => {
      await this.#stopAll();
      if (!isLast()) return;
      this.#options.log.add("lab", "out", `Step ${step.number} starts`);
      await this.#startServer(step, isLast);
    });
  }

  /** Stops the server and its client. */
  stop(): Promise<void> {
    this.#wishes += 1;
    return this.#enqueue("server", () => this.#stopAll());
  }

  /** Runs the step's `client.ts`. Throws a {@link Problem} if no server runs, or if there is no such file. */
  startClient(): void {
    const { server, tapPort } = this;
    if (server.status !== "running" || tapPort === undefined) {
      throw new Problem("The client needs a server that runs: start the step first.");
    }
    const step = this.#find(server.slug);
    if (!step || !existsSync(join(step.folder, "client.ts"))) throw new Problem("This step has no client.ts.");
    const run = this.#wishes;
    void this.#enqueue("client", async () => {
      await this.#stopProgram("client");
      // In the meantime the server may have been replaced.
      if (run !== this.#wishes || this.tapPort !== tapPort || this.server.status !== "running") return;
      this.#launch("client", step, ["--import", endWithParent], tapPort);
      if (this.client.status === "starting") this.client = { ...this.client, status: "running", port: tapPort };
      this.#options.onChange();
    });
  }

  /** Stops the client alone. */
  stopClient(): void {
    void this.#enqueue("client", () => this.#stopProgram("client"));
  }

  setRechunk(direction: Direction, mode: Rechunk): void {
    this.rechunk[direction] = mode;
    this.#tap?.setRechunk(direction, mode);
    this.#options.onChange();
  }

  /** Finds a step that can be started. Reads no lesson: a page may ask a thousand times in a second. */
  #find(slug: string): StepPlace | undefined {
    const { stepsFolder } = this.#options;
    for (const name of readdirSync(stepsFolder)) {
      const [, number = "", itsSlug] = /^(\d+)-(.+)$/.exec(name) ?? [];
      const folder = join(stepsFolder, name);
      if (itsSlug === slug && existsSync(join(folder, "server.ts"))) return { number, slug, folder };
    }
    return undefined;
  }

  /** Fulfils the wish when its turn comes. It takes the place of an older one of its kind that still waits. */
  #enqueue(kind: "server" | "client", action: () => Promise<void>): Promise<void> {
    const older = this.#waiting[kind];
    if (older) {
      older.action = action;
      return older.done;
    }
    const begin = (): Promise<void> => {
      delete this.#waiting[kind];
      return wish.action();
    };
    const done = this.#queue.then(begin).catch((error: unknown) => {
      this.#options.log.add("lab", "err", `The lab could not do that: ${error instanceof Error ? error.message : error}`);
    });
    const wish: Wish = { action, done };
    this.#waiting[kind] = wish;
    this.#queue = done;
    return done;
  }

  async #startServer(step: StepPlace, isLast: () => boolean): Promise<void> {
    const port = await freePort();
    this.#oldTap?.close();
    this.#options.recorder.restart();
    this.client = { status: "none" };
    const running = this.#launch("server", step, ["--import", endWithParent, "--import", behindTap], port, {
      ALLOWED_ORIGINS: this.#options.origins.join(" "),
    });
    this.#options.onChange();
    // Not awaited: a server that never listens must not keep us from stopping it.
    void this.#awaitServer(running, port, isLast).catch((error: unknown) => {
      this.#options.log.add("lab", "err", `The tap could not be set up: ${error instanceof Error ? error.message : error}`);
    });
  }

  /** Sets the tap up when the server accepts connections. */
  async #awaitServer(running: Running, port: number, isLast: () => boolean): Promise<void> {
    const patience = this.#options.patience ?? 10_000;
    const isCurrent = () => this.#running.server === running && !running.isAsked && isLast();
    const impatience = setTimeout(() => {
      if (!isCurrent()) return;
      const seconds = Math.round(patience / 1000);
      this.#options.log.add("lab", "err", `The server runs, but after ${seconds} seconds it still listens on no port. Stop ends it.`);
    }, patience);
    await Promise.race([running.listening, running.gone]);
    clearTimeout(impatience);
    if (!isCurrent()) return;
    const tap = await this.#openTap(port);
    if (!isCurrent()) return tap.close();
    this.#tap = tap;
    this.server = { status: "running", slug: running.slug, run: running.run, port };
    const where = this.tapMoved ? `${this.tapPort}, since ${this.#options.tapPort} is busy` : this.tapPort;
    this.#options.log.add("lab", "out", `The tap listens on port ${where}, and leads to port ${port}`);
    this.#options.onChange();
  }

  async #openTap(target: number): Promise<Tap> {
    const { tapPort, recorder, listen = Tap.listen } = this.#options;
    // Two tries: between the look and the listening, somebody else may take the port.
    for (const isLastTry of [false, true]) {
      const isMoved = await isPortBusy(tapPort);
      const port = isMoved ? await freePort() : tapPort;
      try {
        const tap = await listen({ port, target, recorder, rechunk: this.rechunk });
        this.tapPort = port;
        this.tapMoved = isMoved;
        return tap;
      } catch (error) {
        if (isLastTry) throw error;
      }
    }
    throw new Error("unreachable");
  }

  #launch(kind: "server" | "client", step: StepPlace, nodeOptions: string[], port: number, env = {}): Running {
    this.#runs += 1;
    const run = this.#runs;
    const file = join(step.folder, `${kind}.ts`);
    const [command, ...args] = typescriptCommand(file);
    const child = startProcess(command, [...args.slice(0, -1), ...nodeOptions, file], {
      cwd: step.folder,
      env: { ...QUIET, PORT: String(port), ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#options.log.follow(child, kind);
    this[kind] = { status: "starting", slug: step.slug, run };

    const listening = new Promise<void>((resolve) => void child.once("message", () => resolve()));
    const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
    const gone = new Promise<void>((resolve) => {
      child.once("error", (error) => {
        this.#options.log.add("lab", "err", `The ${kind} could not be started: ${error.message}`);
        this.#ended(kind, running, null, null);
        resolve();
      });
      child.once("exit", (code, signal) => {
        // Its last words first: but a process that it left behind could hold its output for ever.
        void Promise.race([closed, sleep(200)]).then(() => {
          this.#ended(kind, running, code, signal);
          resolve();
        });
      });
    });
    const running: Running = { child, slug: step.slug, run, isAsked: false, listening, gone };
    this.#running[kind] = running;
    return running;
  }

  #ended(kind: "server" | "client", { slug, run, isAsked }: Running, code: number | null, signal: string | null): void {
    if (this.#running[kind]?.run !== run) return;
    delete this.#running[kind];
    this[kind] = { status: "ended", slug, run, why: isAsked ? "asked" : "itself", code, signal };
    // Nobody would answer behind the tap. The last words that are under way still get through.
    if (kind === "server") this.#closeTap();
    this.#options.onChange();
  }

  #closeTap(): void {
    this.#tap?.stopListening();
    this.#oldTap = this.#tap ?? this.#oldTap;
    this.#tap = undefined;
    this.tapPort = undefined;
    this.tapMoved = false;
  }

  async #stopAll(): Promise<void> {
    await this.#stopProgram("client");
    await this.#stopProgram("server");
  }

  async #stopProgram(kind: "server" | "client"): Promise<void> {
    const running = this.#running[kind];
    if (!running) return;
    running.isAsked = true;
    await stopTree(running.child, GRACE);
    await running.gone;
  }
}

const endWithParent = import.meta.resolve("../lib/end-with-parent.mjs");
const behindTap = import.meta.resolve("./behind-tap.mjs");

/** What npm and terminals have put into our environment is not for the steps. */
const QUIET = { NO_COLOR: "1", FORCE_COLOR: undefined, NODE_OPTIONS: undefined };
