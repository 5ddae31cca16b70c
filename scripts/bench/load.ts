import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Failure } from "../lib/cli.ts";
import { exitCode, startProcess, stopTree } from "../lib/processes.ts";
import { compile } from "../soak/compile.ts";
import { pinned } from "./cores.ts";
import type { Answer, Observed, Question, Wish } from "./load-process.ts";
import type { Server } from "./sessions.ts";
import type { Workload } from "./workloads.ts";

const PROGRAM = fileURLToPath(new URL("load-process.ts", import.meta.url));

/** The server is not at fault: it cannot do what a workload needs. */
export class NotSupported extends Error {
  override name = "NotSupported";
}

/** The load generator, in a process of its own on a core of its own. */
export class Load {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #questions = 0;
  #sessions = 0;

  static async start(core: number | undefined): Promise<Load> {
    return new Load(core, await compile(PROGRAM));
  }

  private constructor(core: number | undefined, program: string) {
    const [command, args] = pinned(core, process.execPath, [program]);
    this.#child = startProcess(command, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child.on("message", (answer) => this.#waiting.get((answer as Answer).id)?.(answer as Answer));
    this.#ended = exitCode(this.#child).then((code) => {
      throw new Failure(`The load generator ended with exit code ${code}.`);
    });
    this.#ended.catch(() => {});
  }

  /** Opens what the workload needs; gives back the number of the session. */
  async open(workload: Workload, server: Server): Promise<number> {
    const session = ++this.#sessions;
    await this.#ask({ open: session, workload, server });
    return session;
  }

  async run(session: number, milliseconds: number): Promise<Observed> {
    const observed = await this.#ask({ run: session, milliseconds });
    if (observed === undefined) throw new Error("the load generator saw nothing");
    return observed;
  }

  async close(session: number): Promise<void> {
    await this.#ask({ close: session });
  }

  stop(): Promise<void> {
    return stopTree(this.#child, 0);
  }

  async #ask(wish: Wish): Promise<Observed | undefined> {
    const id = ++this.#questions;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#child.send({ id, wish } satisfies Question, () => {});
    const { observed, error, isUnsupported } = await Promise.race([answered, this.#ended]);
    this.#waiting.delete(id);
    if (isUnsupported) throw new NotSupported(error);
    if (error !== undefined) throw new Error(error);
    return observed;
  }
}
