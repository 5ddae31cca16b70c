import type { ChildProcess } from "node:child_process";
import { startProcess, stopTree } from "../lib/processes.ts";
import type { Command } from "./transcript-commands.ts";

/** How a program has ended. */
export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program in a terminal, and all that it prints, on stdout and stderr. */
export class Program {
  readonly command: Command;
  /** Whole lines; at the end of the program, what it has left of one, too. */
  readonly lines: string[] = [];
  /** How it has ended, once nobody holds its output any more. */
  ended: End | undefined;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  /** Starts it in the folder `cwd`; `mend` changes each line that it prints. */
  constructor(command: Command, cwd: string, mend: (line: string) => string = (line) => line) {
    this.command = command;
    if (command.program === undefined) throw new Error("There is no program to start.");
    this.#child = startProcess(command.program, command.args, {
      cwd,
      env: command.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const rests: (() => void)[] = [];
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let partial = "";
      stream?.setEncoding("utf8").on("data", (text: string) => {
        const lines = (partial + text).split("\n");
        partial = lines.pop() ?? "";
        for (const line of lines) this.lines.push(mend(line.replace(/\r$/, "")));
        if (lines.length > 0) this.#changed();
      });
      rests.push(() => partial !== "" && this.lines.push(mend(partial)));
    }
    this.#child.on("error", (error) => {
      this.lines.push(`(it could not be started: ${error.message})`);
    });
    this.#child.on("close", (code, signal) => {
      for (const rest of rests) rest();
      this.ended = { code, signal };
      this.#changed();
    });
  }

  /** Waits until it prints or ends; resolves to false after `limit` milliseconds without either. */
  change(limit: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (changed: boolean) => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(changed);
      };
      const listener = () => settle(true);
      const timer = setTimeout(() => settle(false), Math.min(Math.max(0, limit), 2 ** 31 - 1));
      this.#listeners.add(listener);
    });
  }

  /** Waits for its end; resolves to false if it has not come after `limit` milliseconds. */
  async end(limit: number): Promise<boolean> {
    const deadline = performance.now() + limit;
    while (this.ended === undefined) {
      if (performance.now() >= deadline) return false;
      await this.change(deadline - performance.now());
    }
    return true;
  }

  /** Presses Ctrl-C: as in a terminal, everything that runs in the foreground hears of it. */
  interrupt(): void {
    const { pid } = this.#child;
    if (this.ended !== undefined || pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, "SIGINT");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Ends it and all that it has started, whatever it says to that. */
  async stop(): Promise<void> {
    await stopTree(this.#child);
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Lets what programs have printed up to now reach us: it waits in pipes that are read in turns. */
export async function drain(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
