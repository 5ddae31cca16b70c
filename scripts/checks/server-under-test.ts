import type { ChildProcess } from "node:child_process";
import http from "node:http";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, isPortAnswering } from "../lib/ports.ts";
import { signalTree, startProcess, stopTree } from "../lib/processes.ts";
import { visible } from "./bytes.ts";
import { CheckError, section, type Conversation } from "./check-error.ts";
import { patience, RawClient } from "./raw-client.ts";
import { upgradeRequest, type RequestOptions } from "./upgrade-request.ts";
import { wrongByteOfOutput } from "./wrong-byte.ts";

/** The usual time for a start. Compilers are slow. */
const START_TIME = 30_000;

/** How long a plain request may take before we believe that the server does not answer any, in milliseconds. */
const PLAIN_ANSWER_TIME = 1_000;

/** So many characters are kept of what a server prints during one check. */
const MOST_OUTPUT = 1024 * 1024;
const LONGEST_LINE = 300;

/** A pattern, and what fits it in words, which a learner reads behind "Expected the server to print". */
export type DescribedPattern = { pattern: RegExp; words: string };

/** A server in whatever language: a command that listens on the port that `PORT` names. */
export class ServerUnderTest {
  readonly command: readonly string[];
  /** How long checks wait for what should come at once, in milliseconds. It may change between two checks. */
  patience = patience;
  /** How long it may take from its start until it listens, in milliseconds. */
  startTime = START_TIME;
  readonly #cwd: string | undefined;
  readonly #env: Record<string, string>;
  #process: ChildProcess | undefined;
  #port = 0;
  #output = "";
  #outputBefore = 0;
  /** Where the output begins that a failure shows. */
  #shownFrom = 0;
  #isFresh = true;
  /** Somebody has got bytes from it. */
  #hasAnswered = false;
  #ended: string | undefined;
  /** It was told to end: whatever it does now, it is no good for another check. */
  #isSpent = false;
  /** Nobody wants to know any more: it starts no other process. */
  #isAbandoned = false;
  #clients = new Set<RawClient>();
  #variants = new Map<string, ServerUnderTest>();
  #changed = new Set<() => void>();
  #answersPlainRequests = true;

  /** The command runs in the folder `cwd`, with `env` added to this process's environment. */
  constructor(command: readonly string[], cwd?: string, env: Record<string, string> = {}) {
    this.command = command;
    this.#cwd = cwd;
    this.#env = env;
  }

  get port(): number {
    return this.#port;
  }

  /** What it has printed, on stdout and stderr, since its start. */
  get output(): string {
    return this.#output;
  }

  /** Starts the server unless it runs, and waits until it listens. */
  async ensureRunning(): Promise<void> {
    if (this.#process !== undefined && this.#ended === undefined && !this.#isSpent) return;
    await this.stop();
    this.#port = await freePort();
    if (this.#isAbandoned) throw new CheckError("The server was stopped.");
    this.#output = "";
    this.#outputBefore = 0;
    this.#shownFrom = 0;
    this.#isFresh = true;
    this.#hasAnswered = false;
    this.#ended = undefined;
    this.#isSpent = false;
    this.#answersPlainRequests = true;

    const [program = "", ...args] = this.command;
    const child = startProcess(program, args, {
      ...(this.#cwd === undefined ? {} : { cwd: this.#cwd }),
      env: { PYTHONUNBUFFERED: "1", ...this.#env, PORT: String(this.#port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        // Who prints without end shall not fill our memory; the rest of a check's output is dropped.
        if (this.#output.length - this.#outputBefore > MOST_OUTPUT) return;
        this.#output += text;
        this.#wake();
      });
    }
    child.on("error", (error: NodeJS.ErrnoException) => {
      this.#end(error.code === "ENOENT" ? `could not be started: there is no command "${program}"` : `could not be started: ${error.message}`);
    });
    child.on("exit", (code, signal) => this.#end(signal ? `was ended by ${signal}` : `ended with exit code ${code}`));

    const deadline = performance.now() + this.startTime;
    while (!(await isPortAnswering(this.#port))) {
      if (this.#ended !== undefined) {
        const when = child.pid === undefined ? "" : ` before it listened on port ${this.#port}, which PORT named`;
        throw this.#failure(`The server ${this.#ended}${when}.`);
      }
      if (performance.now() > deadline) {
        await this.stop();
        throw this.#failure(
          `The server does not listen on port ${this.#port}. It must read the port from the environment variable PORT.`,
        );
      }
      await sleep(20);
    }
  }

  /**
   * Another server of the same command, with `env` besides, for checks that need short times or end
   * their server. It runs, has printed nothing that counts, and is kept for the next check that wants
   * the same.
   */
  async with(env: Record<string, string>): Promise<ServerUnderTest> {
    const key = JSON.stringify(env);
    const variant = this.#variants.get(key) ?? new ServerUnderTest(this.command, this.#cwd, { ...this.#env, ...env });
    this.#variants.set(key, variant);
    variant.patience = this.patience;
    variant.startTime = this.startTime;
    variant.#isAbandoned = this.#isAbandoned;
    await variant.ensureRunning();
    variant.forgetOutput();
    return variant;
  }

  /** Sends a signal, as a terminal does: to the program and to all that it has started. Not on Windows. */
  signal(name: "SIGINT" | "SIGTERM"): void {
    this.#isSpent = true;
    if (this.#process !== undefined) signalTree(this.#process, name);
  }

  /** Waits until the program has ended; `why` completes the complaint if it has not. */
  async expectExit(why: string): Promise<void> {
    if (await this.#wait(() => this.#ended !== undefined)) return;
    throw this.#failure(`Expected the server's process to end, but it had not after ${this.patience} ms (${why}).`);
  }

  /** Opens a TCP connection, which is let go of at the end of the check. */
  async connect(): Promise<RawClient> {
    const client = await RawClient.connect(this.#port, this.patience);
    this.#clients.add(client);
    return client;
  }

  /** A correct handshake for this server, with changes. */
  upgradeRequest(options: RequestOptions = {}): string {
    return upgradeRequest({ ...options, headers: { Host: `localhost:${this.#port}`, ...options.headers } });
  }

  /** Opens a connection and sends a correct handshake, with changes. */
  async request(options: RequestOptions = {}): Promise<RawClient> {
    const client = await this.connect();
    client.send(this.upgradeRequest(options));
    return client;
  }

  /** Opens a connection and a WebSocket on it. */
  async open(options: RequestOptions = {}): Promise<RawClient> {
    const client = await this.request(options);
    const response = await client.readResponse();
    if (response.status !== 101) throw client.failure(`Expected status 101, but the response has ${response.status}.`);
    return client;
  }

  /** What it prints from now on is what the next {@link printed} looks at. */
  forgetOutput(): void {
    this.#outputBefore = this.#output.length;
    // What it says at its start belongs to the first check.
    if (!this.#isFresh) this.#shownFrom = this.#outputBefore;
    this.#isFresh = false;
  }

  /**
   * Waits until the server has read what was sent to it so far, so that what comes next is another
   * chunk, however busy the machine is: a program that serves all its clients by turns answers a
   * newcomer after it has read what lay there before. Where the server answers no plain requests,
   * a moment must do.
   */
  async caughtUp(): Promise<void> {
    // The first answer may be written in the turn in which the bytes are read, the second may not.
    for (let i = 0; i < 2 && this.#answersPlainRequests; i++) {
      this.#answersPlainRequests = await answersPlainRequest(this.#port);
    }
    if (!this.#answersPlainRequests) await sleep(2);
  }

  /**
   * Waits until the server has printed the text, or a match of the pattern: since the beginning of
   * the check, or since `from`.
   */
  async printed(wanted: string | DescribedPattern, from = this.#outputBefore): Promise<void> {
    const found = () => {
      const text = this.#output.slice(from);
      return typeof wanted === "string" ? text.includes(wanted) : wanted.pattern.test(text);
    };
    if (await this.#wait(() => found() || this.#ended !== undefined)) {
      if (!found()) this.assertRunning();
      return;
    }
    const wrongByte = typeof wanted === "string" ? wrongByteOfOutput(this.#output.slice(from), wanted) : undefined;
    const failure = this.#failure(`Expected the server to print ${typeof wanted === "string" ? JSON.stringify(wanted) : wanted.words}.`);
    throw new CheckError(failure.message, { wrongByte });
  }

  /** Fails if the server's process has ended. */
  assertRunning(): void {
    if (this.#ended !== undefined) throw this.#failure(`The server ${this.#ended}. It should have stayed up.`);
  }

  /** Fails if the server has not outlived its clients: some crash when a connection ends. */
  async assertAlive(): Promise<void> {
    const client = await this.connect();
    await sleep(20);
    this.assertRunning();
    await client.release();
  }

  /** The error of a failed check, with the news of the server's death if that is what lies behind it. */
  async explain(error: unknown): Promise<unknown> {
    // A connection breaks a moment before the process that held it is gone.
    for (let i = 0; i < 5 && this.#ended === undefined; i++) await sleep(10);
    if (this.#ended === undefined && !this.#isSpent && !(await isPortAnswering(this.#port))) {
      // Nobody listens any more: it is about to end, or to hang in its end.
      await this.#wait(() => this.#ended !== undefined);
    }
    if (!(error instanceof Error)) return error;
    const own = error instanceof CheckError ? error.evidence : {};
    const evidence = { conversations: this.#conversations(), printed: this.#output.slice(this.#outputBefore), ...own };
    if (this.#ended === undefined) return error instanceof CheckError ? new CheckError(error.message, evidence) : error;
    const message = `The server ${this.#ended}. It should have stayed up.`;
    const whole = error.message.startsWith(message) ? error : this.#failure(`${message}\n${section("The check saw:", error.message)}`);
    return new CheckError(whole.message, evidence);
  }

  /** What went over the connections of the check that runs. */
  #conversations(): Conversation[] {
    const own = [...this.#clients].map((client) => client.conversation);
    return [...own, ...[...this.#variants.values()].flatMap((variant) => variant.#conversations())];
  }

  /**
   * After a failed check: a server that has answered before and lets a new client wait is caught in a
   * loop, and would fail all checks from here on. It is said once, and the next check gets a new server.
   */
  async noteSilence(error: unknown): Promise<unknown> {
    this.#noteAnswers();
    if (!(error instanceof CheckError) || !this.#hasAnswered || this.#ended !== undefined || this.#isSpent || this.#isAbandoned) return error;
    if (await answersHandshake(this.#port, this.upgradeRequest(), Math.min(2 * this.patience, PLAIN_ANSWER_TIME))) return error;
    this.#isSpent = true;
    const [first = "", ...rest] = error.message.split("\n");
    const note = `Since this check the server lets a new client wait, too: is it in an endless loop? The next check starts it anew.`;
    return new CheckError([first, note, ...rest].join("\n"), error.evidence);
  }

  #noteAnswers(): void {
    this.#hasAnswered ||= [...this.#clients].some(({ conversation }) => conversation.received.length > 0);
  }

  /** Lets go of the connections that a check has opened. */
  async releaseClients(): Promise<void> {
    this.#noteAnswers();
    const own = [...this.#clients].map((client) => client.release());
    await Promise.all([...own, ...[...this.#variants.values()].map((variant) => variant.releaseClients())]);
    this.#clients.clear();
  }

  /** Kills the server and all that it started, whatever they were doing; it cannot be started again. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    const child = this.#process;
    this.#end("was stopped");
    await Promise.all([child && stopTree(child, 0), ...[...this.#variants.values()].map((variant) => variant.abandon())]);
  }

  /** Stops the server and all that it started. */
  async stop(): Promise<void> {
    await this.releaseClients();
    if (this.#process !== undefined) await stopTree(this.#process);
    this.#process = undefined;
    await Promise.all([...this.#variants.values()].map((variant) => variant.stop()));
  }

  #end(how: string): void {
    this.#ended ??= how;
    this.#wake();
  }

  /** Whether the condition came true in time. It is looked at when the server prints or ends. */
  async #wait(condition: () => boolean): Promise<boolean> {
    const deadline = performance.now() + this.patience;
    while (!condition()) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const settle = () => {
          clearTimeout(timer);
          this.#changed.delete(settle);
          resolve();
        };
        const timer = setTimeout(settle, left);
        this.#changed.add(settle);
      });
    }
    return true;
  }

  #wake(): void {
    for (const look of [...this.#changed]) look();
  }

  #failure(message: string): CheckError {
    // What earlier checks made it print would only be in the way.
    const lines = visible(this.#output.slice(this.#shownFrom).trimEnd()).split("\n");
    const shorten = (line: string) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}… (${line.length} characters)` : line);
    const tail = lines.slice(-20).map(shorten).join("\n");
    return new CheckError(`${message}\n${section("It printed:", tail === "" ? "(nothing)" : tail)}`);
  }
}

/** Whether a handshake is answered, with whatever bytes, or by an end. */
function answersHandshake(port: number, request: string, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "localhost" }, () => socket.write(request));
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(milliseconds, () => settle(false));
    socket.on("error", () => settle(true)).on("end", () => settle(true)).on("data", () => settle(true));
  });
}

/** Whether an ordinary HTTP request is answered, with whatever status. */
function answersPlainRequest(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ port, host: "localhost", agent: false, timeout: PLAIN_ANSWER_TIME }, (response) => {
      response.on("error", () => {}).resume();
      resolve(true);
    });
    request.on("error", () => resolve(false));
    // A 101 that nobody has asked for is neither an answer nor an error to Node: the request just ends.
    request.on("close", () => resolve(false));
    request.on("timeout", () => request.destroy());
  });
}
