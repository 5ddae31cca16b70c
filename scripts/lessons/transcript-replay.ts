import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BrowserName } from "../browsers/browsers.ts";
import type { ClientPage } from "../browsers/client-page.ts";
import type { Lesson } from "./lesson.ts";
import type { PageAction, PageInstruction } from "./transcript-actions.ts";
import { resolveCommand, type Command } from "./transcript-commands.ts";
import {
  compareLines,
  ELLIPSIS,
  escapeRegExp,
  matchesLine,
  type Difference,
} from "./transcript-compare.ts";
import { checkDumps, matchesMaskedLine } from "./transcript-mask.ts";
import { LessonPorts } from "./transcript-ports.ts";
import {
  scriptOf,
  TranscriptError,
  type PageEvent,
  type ScriptEvent,
  type TerminalEvent,
  type WordsEvent,
} from "./transcript-script.ts";
import type { SharedRuns } from "./transcript-shared-runs.ts";
import { drain, Program } from "./transcript-terminal.ts";

/** What a replay needs of a page: a `ClientPage`, or what stands in for it in a test. */
export type ReplayPage = Pick<ClientPage, "press" | "fill" | "expectState" | "expectWords" | "close"> & {
  look(): Promise<{ log: string[] }>;
};

export interface ReplayOptions {
  /** The folder in which the commands run, with its package.json. */
  root: string;
  /** The step's slug, for the address of its page. */
  slug: string;
  /** Without a browser, blocks of pages are skipped, and with them what only pages cause. */
  browser?: {
    name: BrowserName;
    /** Opens the page at the address; it connects to the server on `port`. */
    open(address: string, port: number): Promise<ReplayPage>;
  };
  /** The port on which the course's site is served, as `npm start` does. */
  sitePort?: number;
  /** Runs of commands that several replays can share. */
  shared?: SharedRuns;
  /** How long a line may take to come, in milliseconds. */
  patience?: number;
  /** Hears of everything that happens, for a maintainer who looks on. */
  report?: (text: string) => void;
}

/** A block that this replay could not prove. */
export interface SkippedBlock {
  line: number;
  reason: string;
}

/** What has come, and how much of it the lesson has shown. */
interface Stream {
  seen: number;
  /** The last block ended with `…`: what comes before the next one may be anything. */
  open: boolean;
}

interface Terminal extends Stream {
  program: Program;
  /** The last block that shows it. */
  line: number;
  /** Its end has been looked at. */
  checked: boolean;
  /** Why it has not heard of everything that it should have: something that would cause it was skipped. */
  loose: string | undefined;
  isShared: boolean;
}

interface Page extends Stream {
  page: ReplayPage;
  line: number;
}

const PATIENCE = 30_000;

/** How often a page is looked at while its log is not yet what it should be, in milliseconds. */
const LOOK_INTERVAL = 25;

/** So many lines of output are shown in a message. */
const SHOWN = 60;

/**
 * Does what the lesson tells its reader to do, from top to bottom, and compares what comes with what
 * the lesson shows. Throws a {@link TranscriptError} at the first difference; returns what it had to
 * skip. Programs and pages are gone at its end, whatever it is.
 */
export async function replayLesson(lesson: Lesson, options: ReplayOptions): Promise<SkippedBlock[]> {
  const replay = new Replay(lesson, options);
  try {
    for (const event of scriptOf(lesson)) await replay.play(event);
    await replay.expectNothingElse();
    return replay.skipped;
  } finally {
    await replay.clear();
  }
}

class Replay {
  readonly skipped: SkippedBlock[] = [];
  readonly #lesson: Lesson;
  readonly #options: ReplayOptions;
  readonly #ports: LessonPorts;
  readonly #patience: number;
  readonly #terminals = new Map<string, Terminal>();
  readonly #pages = new Map<boolean, Page>();
  #lastPage: Page | undefined;
  #sent: string[] = [];
  #postponed: (() => Promise<void>)[] = [];
  /** Copies of the course for commands that write into it. */
  #copies: string[] = [];

  constructor(lesson: Lesson, options: ReplayOptions) {
    this.#lesson = lesson;
    this.#options = options;
    this.#ports = new LessonPorts(options.sitePort);
    this.#patience = options.patience ?? PATIENCE;
  }

  async play(event: ScriptEvent): Promise<void> {
    switch (event.kind) {
      case "command":
        return this.#run(event);
      case "interrupt":
        return this.#interrupt(event);
      case "since":
        return this.#compareSince(event);
      case "page":
        return this.#comparePage(event);
      case "words":
        return this.#compareWords(event);
      case "instruction": {
        const { instruction, line } = event;
        this.#report(line, `<!-- ${instruction.kind} -->`);
        if (instruction.kind === "page") return this.#act(instruction, line);
        const { terminal, ifRuns } = instruction;
        return this.#interrupt({ terminal, line, expected: [], firstLine: line }, ifRuns);
      }
    }
  }

  /** At the end: whatever came and was not shown is an error. */
  async expectNothingElse(): Promise<void> {
    for (const page of this.#pages.values()) await this.#expectNoNewLog(page, page.line);
    await this.#comparePostponed();
    await drain();
    for (const [name, terminal] of this.#terminals) {
      const { line, checked, program } = terminal;
      this.#expectNothingNew(name, terminal, line, "after this block");
      if (!checked) this.#expectNoCrash(program, line);
    }
  }

  async clear(): Promise<void> {
    await Promise.allSettled([...this.#pages.values()].map(({ page }) => page.close()));
    const own = [...this.#terminals.values()].filter(({ isShared }) => !isShared);
    await Promise.allSettled(own.map(({ program }) => program.stop()));
    for (const folder of this.#copies) rmSync(folder, { recursive: true, force: true });
  }

  async #run(event: TerminalEvent): Promise<void> {
    const { terminal: name, command: text, line } = event;
    this.#report(line, `${name} $ ${text}`);
    const before = this.#terminals.get(name);
    if (before?.isShared) await this.#comparePostponed();
    if (before !== undefined && before.program.ended === undefined) {
      const { text: old } = before.program.command;
      this.#fail(line, `The terminal "${name}" is busy: nobody has stopped "${old}". ${howToStop(name)}`);
    }
    if (before !== undefined) this.#expectNothingNew(name, before, line, `before "${text}"`);
    if (event.expected.every((shown) => shown === ELLIPSIS) && !event.mustEnd) {
      this.#fail(line, `The block must show a line of "${text}", or nobody knows when it is ready.`);
    }

    const command = await this.#resolve(text, line);
    if (command.program === undefined) {
      this.#terminals.delete(name);
      return this.#skipCause(line, "curl is not installed");
    }
    const isShared = command.isolated && event.mustEnd && this.#options.shared !== undefined;
    const program = isShared
      ? await this.#options.shared!.get(command, this.#options.root)
      : new Program(command, this.#options.root, (shown) => this.#ports.toLesson(shown));
    const terminal = { program, line, checked: false, seen: 0, open: false, loose: undefined, isShared };
    this.#terminals.set(name, terminal);
    // What depends on nothing else can be waited for at the end.
    if (isShared) this.#postponed.push(() => this.#compare(terminal, event));
    else await this.#compare(terminal, event);
  }

  async #comparePostponed(): Promise<void> {
    for (const compare of this.#postponed.splice(0)) await compare();
  }

  async #resolve(text: string, line: number): Promise<Command> {
    const { root } = this.#options;
    try {
      const command = await resolveCommand(text, { root, ports: this.#ports });
      if (command.writes) command.env = { ...command.env, COURSE_ROOT: this.#copyCourse() };
      return command;
    } catch (error) {
      return this.#fail(line, (error as Error).message);
    }
  }

  /** Two replays at once would otherwise write the same site into the same folder. */
  #copyCourse(): string {
    const folder = mkdtempSync(join(tmpdir(), "course-replay-"));
    this.#copies.push(folder);
    const left = new Set(["node_modules", ".git"]);
    cpSync(this.#options.root, folder, {
      recursive: true,
      filter: (source) => !left.has(basename(source)),
    });
    // The site is built with the checks of the steps, and they need the packages. Windows has junctions.
    symlinkSync(join(this.#options.root, "node_modules"), join(folder, "node_modules"), "junction");
    return folder;
  }

  async #compareSince(event: TerminalEvent): Promise<void> {
    const terminal = this.#terminal(event);
    if (terminal.loose) return this.#skip(event.line, terminal.loose);
    await this.#compare(terminal, event);
  }

  /** Waits for the lines of a block, and for the end of a program that must end. */
  async #compare(terminal: Terminal, event: TerminalEvent): Promise<void> {
    const { program } = terminal;
    const expected = withOpening(event.expected, terminal);
    const matches = event.randomMask ? matchesMaskedLine : matchesLine;
    let deadline = performance.now() + this.#patience;
    let known = program.lines.length;
    for (;;) {
      // A long run of checks may take its time, as long as it goes on.
      if (event.mustEnd && program.lines.length > known) deadline = performance.now() + this.#patience;
      known = program.lines.length;
      const ended = program.ended !== undefined;
      const lines = program.lines.slice(terminal.seen);
      const result = compareLines(expected, lines, ended && event.last, matches);
      if (!result.fits && (result.final || ended)) {
        await this.#comeToRest(program, event.mustEnd);
        this.#differs(terminal, event, result);
      }
      if (result.fits && (ended || !event.mustEnd)) {
        if (event.randomMask) this.#checkDumps(event, lines.slice(0, result.taken));
        this.#options.report?.(lines.slice(0, result.taken).join("\n").replace(/^/gm, "    "));
        terminal.seen += result.taken;
        terminal.open = result.open;
        terminal.line = event.line;
        terminal.checked = ended;
        break;
      }
      // What came while we compared would otherwise be slept over.
      const isNews = program.lines.length > terminal.seen + lines.length || (program.ended && !ended);
      if (!isNews && !(await program.change(deadline - performance.now()))) {
        if (!result.fits) this.#differs(terminal, event, result);
        this.#fail(
          event.line,
          `"${program.command.text}" still runs after ${this.#patience / 1000} s, but nothing in the ` +
            `lesson stops it. ${howToStop(event.terminal)}`,
        );
      }
    }
    if (!event.mayEnd) this.#expectNoCrash(program, event.line, event.expected);
  }

  /** Waits for the rest of the output, so that the message shows all that can be pasted. */
  async #comeToRest(program: Program, mustEnd: boolean): Promise<void> {
    const end = performance.now() + this.#patience;
    const pause = mustEnd ? this.#patience : 200;
    while (program.ended === undefined && performance.now() < end && (await program.change(pause)));
  }

  #checkDumps(event: TerminalEvent, lines: string[]): void {
    const fault = checkDumps(event.expected, lines, this.#sent);
    if (fault === undefined) return;
    this.#fail(event.line, `${fault}\n${output(`"${event.terminal}" printed:`, lines)}`);
  }

  async #interrupt(
    event: Pick<TerminalEvent, "terminal" | "line" | "expected" | "firstLine">,
    ifRuns = false,
  ): Promise<void> {
    const { terminal: name, line } = event;
    const terminal = this.#terminal(event);
    const { program } = terminal;
    await drain();
    if (program.ended !== undefined && !ifRuns) {
      this.#fail(
        line,
        `"${program.command.text}" should be stopped here, but has ended by itself, ` +
          `${howEnded(program)}.\n${output("It printed:", program.lines)}`,
      );
    }
    this.#expectNothingNew(name, terminal, line, "before it is stopped");
    terminal.seen = program.lines.length;
    terminal.open = false;
    program.interrupt();
    if (!(await program.end(this.#patience))) {
      this.#fail(line, `"${program.command.text}" does not end at Ctrl-C.`);
    }
    const result = compareLines(event.expected, program.lines.slice(terminal.seen), true);
    // One that a race can end may be in the middle of its last words.
    if (!result.fits && !terminal.loose && !ifRuns) this.#differs(terminal, event, result);
    this.#terminals.delete(name);
  }

  #terminal({ terminal: name, line }: { terminal: string; line: number }): Terminal {
    const terminal = this.#terminals.get(name);
    if (terminal !== undefined) return terminal;
    return this.#fail(line, `Nothing runs in the terminal "${name}": no block above starts a command in it.`);
  }

  async #act(instruction: PageInstruction, line: number): Promise<void> {
    const { browser } = this.#options;
    if (browser === undefined) return this.#skipCause(line, "no browser is installed");
    if (instruction.browser !== undefined && instruction.browser !== browser.name) return;
    for (const action of instruction.actions) {
      try {
        await this.#perform(action, instruction.foreign, line);
      } catch (error) {
        if (error instanceof TranscriptError) throw error;
        this.#fail(line, `${browser.name}: ${(error as Error).message}`);
      }
    }
    this.#lastPage = this.#pages.get(instruction.foreign);
  }

  async #perform(action: PageAction, foreign: boolean, line: number): Promise<void> {
    if (action.kind === "open") return this.#open(foreign, line);
    const { page } = this.#page(foreign, line);
    switch (action.kind) {
      case "click":
        for (let count = 0; count < action.times; count++) {
          const printed = action.times > 1 ? this.#nextOutput() : Promise.resolve(true);
          await page.press(action.button);
          // A hand is slower than a server: what one click causes has come before the next one.
          if (!(await printed)) this.#fail(line, `Nothing was printed after click ${count + 1}.`);
        }
        return;
      case "type":
        return page.fill(action.field, await this.#ports.inText(action.text));
      case "state":
        return page.expectState(action.state);
    }
  }

  async #open(foreign: boolean, line: number): Promise<void> {
    const { browser, slug } = this.#options;
    const old = this.#pages.get(foreign);
    if (old !== undefined) {
      await this.#expectNoNewLog(old, line);
      await old.page.close();
      this.#pages.delete(foreign);
    }
    const site = await this.#ports.real(foreign ? 4000 : 3000);
    const address = `http://localhost:${site}/steps/${slug}/client.html`;
    const page = await browser!.open(address, await this.#ports.real(8000));
    this.#pages.set(foreign, { page, seen: 0, open: false, line });
  }

  /** Resolves to true when any terminal prints something. */
  async #nextOutput(): Promise<boolean> {
    const changes = [...this.#terminals.values()]
      .filter(({ program }) => program.ended === undefined)
      .map(({ program }) => program.change(this.#patience));
    return Promise.race(changes);
  }

  #page(foreign: boolean, line: number): Page {
    const page = this.#pages.get(foreign);
    if (page !== undefined) return page;
    const words = foreign ? "page foreign" : "page";
    return this.#fail(line, `No page has been opened: <!-- ${words}: open --> is missing above.`);
  }

  async #comparePage(event: PageEvent): Promise<void> {
    const { line } = event;
    const { browser } = this.#options;
    if (browser === undefined) return this.#skip(line, "no browser is installed");
    if (event.browser !== undefined && event.browser !== browser.name) return;
    const page = this.#page(event.foreign, line);
    const expected = withOpening(event.expected, page);
    const deadline = performance.now() + this.#patience;
    for (;;) {
      const { log } = await page.page.look();
      const result = compareLines(expected, log.slice(page.seen), false);
      if (result.fits) {
        page.seen += result.taken;
        page.open = result.open;
        page.line = line;
        this.#sent = log.flatMap(sentText);
        this.#report(line, `page\n${output("The log:", log)}`);
        return;
      }
      if (result.final || performance.now() >= deadline) {
        const row = result.row - (expected.length - event.expected.length);
        this.#fail(
          line,
          `The log of the page in ${browser.name} differs from this block.\n` +
            `${difference(result, event.firstLine + row, "nothing more")}\n` +
            output("The log:", log, page.seen + result.position),
        );
      }
      await sleep(LOOK_INTERVAL);
    }
  }

  async #compareWords(event: WordsEvent): Promise<void> {
    const { browser } = this.#options;
    if (browser === undefined) return this.#skip(event.line, "no browser is installed");
    if (event.browser !== browser.name) return;
    const page = this.#lastPage;
    if (page === undefined) return this.#fail(event.line, "No page has been opened yet.");
    for (const [row, shown] of event.expected.entries()) {
      if (shown === ELLIPSIS) continue;
      const words = await this.#ports.inText(shown);
      try {
        await page.page.expectWords(new RegExp(`^${escapeRegExp(words)}$`));
      } catch (error) {
        const { message } = error as Error;
        const line = event.firstLine + row;
        this.#fail(event.line, `${browser.name} does not say line ${line}: ${shown}\n${message}`);
      }
    }
  }

  async #expectNoNewLog(page: Page, line: number): Promise<void> {
    if (page.open) return;
    const { log } = await page.page.look();
    if (log.length === page.seen) return;
    this.#fail(
      line,
      `The page in ${this.#options.browser?.name} has logged something that no block shows.\n` +
        `  what came: ${log[page.seen]}\n${output("The log:", log)}`,
    );
  }

  #expectNothingNew(name: string, terminal: Terminal, line: number, when: string): void {
    const { program, seen, open, loose } = terminal;
    if (open || loose || program.lines.length === seen) return;
    this.#fail(
      line,
      `"${program.command.text}" in the terminal "${name}" has printed something that no block shows, ` +
        `${when}.\n  what came: ${program.lines[seen]}\n${output("It printed:", program.lines)}`,
    );
  }

  /** A program may fail on purpose, but if it breaks, the lesson must show that. */
  #expectNoCrash({ ended, lines, command }: Program, line: number, shown: string[] = []): void {
    if (ended === undefined) return;
    const isCrash = ended.signal !== null || (ended.code !== 0 && lines.some(isStack));
    if (!isCrash || shown.some(isStack)) return;
    const how = ended.signal === null ? "with an error that nobody caught" : `by ${ended.signal}`;
    this.#fail(line, `"${command.text}" has ended ${how}.\n${output("It printed:", lines)}`);
  }

  #differs(
    terminal: Terminal,
    event: Pick<TerminalEvent, "terminal" | "line" | "expected" | "firstLine">,
    result: Difference,
  ): never {
    const { program } = terminal;
    const row = result.row - (terminal.open ? 1 : 0);
    const nothing = program.ended === undefined
      ? `nothing more within ${this.#patience / 1000} s`
      : `nothing more: it has ended ${howEnded(program)}`;
    return this.#fail(
      event.line,
      `The output of "${program.command.text}" in the terminal "${event.terminal}" differs from this block.\n` +
        `${difference(result, event.firstLine + row, nothing)}\n` +
        output("It printed:", program.lines, terminal.seen + result.position),
    );
  }

  /** Skips what the programs that run now should hear of. */
  #skipCause(line: number, reason: string): void {
    for (const terminal of this.#terminals.values()) {
      terminal.loose ??= `what causes it in line ${line} was skipped: ${reason}`;
    }
    this.#skip(line, reason);
  }

  #skip(line: number, reason: string): void {
    this.#report(line, `skipped: ${reason}`);
    this.skipped.push({ line, reason });
  }

  #report(line: number, text: string): void {
    this.#options.report?.(`${this.#lesson.file}:${line}: ${text}`);
  }

  #fail(line: number, message: string): never {
    throw new TranscriptError(this.#lesson, line, message);
  }
}

function howToStop(name: string): string {
  return `A line ^C in a block of this terminal does, or the comment <!-- stop: ${name} -->.`;
}

function withOpening(expected: string[], { open }: Stream): string[] {
  return open ? [ELLIPSIS, ...expected] : expected;
}

function difference({ expected, actual }: Difference, line: number, nothing: string): string {
  const place = expected === undefined ? "the lesson" : `the lesson, line ${line}`;
  const width = Math.max(place.length, "what came".length) + 1;
  return [
    `  ${`${place}:`.padEnd(width)} ${expected ?? "(the block ends here)"}`,
    `  ${"what came:".padEnd(width)} ${actual ?? `(${nothing})`}`,
  ].join("\n");
}

/** The output as a maintainer can paste it; of much, what is around the line `at`. */
function output(heading: string, lines: readonly string[], at = lines.length): string {
  const start = Math.max(0, Math.min(at - SHOWN / 2, lines.length - SHOWN));
  const shown = lines.slice(start, start + SHOWN);
  if (start > 0) shown.unshift(ELLIPSIS);
  if (start + SHOWN < lines.length) shown.push(ELLIPSIS);
  const text = shown.length === 0 ? "(nothing)" : shown.join("\n");
  return `  ${heading}\n${text.replace(/^(?=.)/gm, "    ")}`;
}

function howEnded({ ended }: Program): string {
  return ended?.signal ? `by ${ended.signal}` : `with exit code ${ended?.code}`;
}

/** A line of Node's own about an error that nobody caught; a check shows those of others indented. */
function isStack(line: string): boolean {
  return /^ {4}at .*:\d+:\d+\)?$/.test(line) || /^Node\.js v\d+/.test(line);
}

function sentText(line: string): string[] {
  const [, text] = /^send\((".*")\)$/.exec(line) ?? [];
  return text === undefined ? [] : [JSON.parse(text) as string];
}
