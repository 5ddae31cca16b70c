import type { Check } from "../checks/check.ts";
import { runCheck } from "../checks/check.ts";
import { CheckError } from "../checks/check-error.ts";
import { ServerUnderTest } from "../checks/server-under-test.ts";
import { isPortAnswering } from "../lib/ports.ts";

/** How it stands with a check in a round. */
export type Standing =
  | { state: "waiting" | "running" | "passed" }
  | { state: "failed"; error: Error; /** It waited in vain, and is being given more time. */ isUnsure: boolean }
  | { state: "skipped"; why: string };

export type RoundOptions = {
  checks: readonly Check[];
  command: readonly string[];
  cwd: string;
  startTime: number;
  /** How long a check waits at first for what should come at once, in milliseconds. */
  patience?: number;
  /** And how long when it is tried once more, on a server that has nothing else to do. */
  fullPatience?: number;
  /** Called when the standing of a check has changed. */
  onChange?: () => void;
};

/** So many servers run beside each other: most checks mainly wait. */
const LANES = 4;
/** For fewer checks another server is not worth its start. */
const CHECKS_A_LANE = 6;
/** At first a check waits no longer than a reader would; then, before the verdict is final, for longer. */
const QUICK_PATIENCE = 300;
const FULL_PATIENCE = 2_000;
/** Where a server listens that does not look at PORT. */
const USUAL_PORTS = [8000, 8080, 3000, 5000, 8765];

/** One run of checks against a server, which can be given up at any moment. */
export class Round {
  readonly checks: readonly Check[];
  readonly standings: Standing[];
  /** Why no check could be tried: the server does not come up. */
  startProblem: string | undefined;
  #options: RoundOptions;
  #servers: ServerUnderTest[] = [];
  #next = 0;
  #isGivenUp = false;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.checks = options.checks;
    this.standings = options.checks.map(({ skip }) => (skip ? { state: "skipped", why: skip } : { state: "waiting" }));
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** The index of the first check that failed; `undefined` if none did so far. */
  get firstFailure(): number | undefined {
    const index = this.standings.findIndex(({ state }) => state === "failed");
    return index === -1 ? undefined : index;
  }

  /** Whether all checks before the one at `index` are done. */
  isSettledBefore(index: number): boolean {
    return this.standings.slice(0, index).every(({ state }) => state !== "waiting" && state !== "running");
  }

  count(state: Standing["state"]): number {
    return this.standings.filter((standing) => standing.state === state).length;
  }

  /** Whether each check that can be tried has passed. */
  get isPassed(): boolean {
    return this.startProblem === undefined && this.standings.every(({ state }) => state === "passed" || state === "skipped");
  }

  /** Runs all checks. Resolves when the last one is done, or soon after the round was given up. Then comes {@link confirm}. */
  async run(): Promise<void> {
    const busy = await busyPorts();
    const first = this.#newServer();
    try {
      await first.ensureRunning();
    } catch (error) {
      if (!this.#isGivenUp) this.startProblem = (error as Error).message + wrongPort(first, busy);
      await first.abandon();
      return;
    }
    // The others may start when we know that the first one did: a broken program fails once.
    const waiting = this.count("waiting");
    const lanes = [first, ...Array.from({ length: Math.min(LANES, Math.ceil(waiting / CHECKS_A_LANE)) - 1 }, () => this.#newServer())];
    await Promise.all(lanes.map((server) => this.#work(server)));
  }

  /** Ends the round: its servers are killed, and its verdict is of no interest any more. */
  async giveUp(): Promise<void> {
    this.#isGivenUp = true;
    await Promise.all(this.#servers.map((server) => server.abandon()));
  }

  get #fullPatience(): number {
    return this.#options.fullPatience ?? FULL_PATIENCE;
  }

  #newServer(): ServerUnderTest {
    const { command, cwd, startTime, patience = QUICK_PATIENCE } = this.#options;
    const server = new ServerUnderTest(command, cwd);
    server.startTime = startTime;
    server.patience = patience;
    this.#servers.push(server);
    return server;
  }

  async #work(server: ServerUnderTest): Promise<void> {
    for (;;) {
      while (this.standings[this.#next]?.state === "skipped") this.#next += 1;
      const index = this.#next++;
      if (index >= this.checks.length || this.#isGivenUp) return;
      await this.#try(index, server);
    }
  }

  async #try(index: number, server: ServerUnderTest): Promise<void> {
    const check = this.checks[index]!;
    if (this.standings[index]?.state === "waiting") this.#set(index, { state: "running" });
    const begin = performance.now();
    try {
      await runCheck(check, server);
      this.#set(index, { state: "passed" });
    } catch (error) {
      const hasWaited = performance.now() - begin >= server.patience && server.patience < this.#fullPatience;
      this.#set(index, { state: "failed", error: error as Error, isUnsure: hasWaited });
    }
  }

  /**
   * Tries checks that only ran out of time once more, with as much as `npm run check` gives, up to the
   * first one that fails for good: it is the one that will be mended. With `most`, so many of them,
   * however they end. Then ends the servers.
   */
  async confirm({ most }: { most?: number } = {}): Promise<void> {
    const server = this.#servers[0]!;
    let tries = 0;
    for (const [index, standing] of this.standings.entries()) {
      if (standing.state !== "failed" || !standing.isUnsure || this.#isGivenUp) continue;
      server.patience = this.#fullPatience;
      await this.#try(index, server);
      tries += 1;
      if (most === undefined ? this.standings[index]?.state === "failed" : tries === most) break;
    }
    await Promise.all(this.#servers.map((server) => server.abandon()));
  }

  #set(index: number, standing: Standing): void {
    if (this.#isGivenUp) return;
    this.standings[index] = standing;
    this.#options.onChange?.();
  }
}

/** Whether an error is the server's fault, and not one of the check itself. */
export function isServersFault(error: Error): boolean {
  return error instanceof CheckError || error.name === "CheckError" || error.name === "AssertionError";
}

async function busyPorts(): Promise<Set<number>> {
  const answers = await Promise.all(USUAL_PORTS.map((port) => isPortAnswering(port)));
  return new Set(USUAL_PORTS.filter((_, i) => answers[i]));
}

/** A sentence on a server that has come up somewhere else, if it has said so. */
function wrongPort({ output, port }: ServerUnderTest, busyBefore: ReadonlySet<number>): string {
  const said = [...output.matchAll(/\b\d{2,5}\b/g)].map(([digits]) => Number(digits));
  const other = said.find((number) => number !== port && number < 65536 && !busyBefore.has(number));
  if (other === undefined || !/listen|port|http|ws:/i.test(output) || /^\s+at /m.test(output)) return "";
  return `\nIt speaks of port ${other}: is that number written into the program? The checks choose another port each time, and say it in PORT.`;
}
