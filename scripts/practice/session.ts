import { join } from "node:path";
import type { Check } from "../checks/check.ts";
import { isRetired, type CourseStep } from "../checks/course.ts";
import { paint } from "../lib/colours.ts";
import type { PracticeFolder } from "./folder.ts";
import { hintsFor } from "./hints.ts";
import { lookOf, type Signatures } from "./mistakes.ts";
import type { Prepared, Program } from "./program.ts";
import { type Progress, writeProgress } from "./progress.ts";
import { explainFailure, listChecks, plural, seconds, showChecks, summary } from "./report.ts";
import { Round } from "./round.ts";
import { solutionDiff } from "./solution.ts";
import { type PracticeState, stateOf, writeState } from "./state.ts";

export type SessionOptions = {
  folder: PracticeFolder;
  /** All steps, with their checks. */
  course: readonly CourseStep[];
  step: CourseStep;
  progress: Progress;
  program: Program;
  signatures: Signatures;
  print: (line: string) => void;
  /** Nobody can press a key. */
  isOnce?: boolean;
  /** Called when the session itself has changed the learner's files. */
  onOwnChange?: () => void;
};

/** Who saves wants to know within a second: the first number is for a failure that is certain, the second for how far it got. */
const SHOW_FAILURE_AFTER = 450;
const SHOW_AFTER = 750;

const KEYS = "h hint · n next · d diff · r reset · ? list · q quit";

/** A learner at work on one step after the other: runs the checks, and says what came of it. */
export class Session {
  readonly #options: SessionOptions;
  #step: CourseStep;
  #round: Round | undefined;
  /** Counts the saves: what belongs to an older one has nothing to say any more. */
  #turn = 0;
  /** The last round of the step's own checks of which something was shown. */
  #shown: { round: Round; failure: number | undefined; counts: string } | undefined;
  /** The failure that was shown before the last save. */
  #lastText = "";
  /** The check that was said to fail, for hints. */
  #failing: { check: Check; owner: CourseStep } | undefined;
  #isPassed = false;
  #hints = new Map<string, number>();
  #asked: string | undefined;
  /** Done when all that was to be written is. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#step = options.step;
  }

  get step(): CourseStep {
    return this.#step;
  }

  get #keys(): string {
    return this.#options.isOnce ? "" : `   ${KEYS}`;
  }

  get isPassed(): boolean {
    return this.#isPassed;
  }

  /** The step after this one, if there is any. */
  get next(): CourseStep | undefined {
    const { course } = this.#options;
    return course[course.indexOf(this.#step) + 1];
  }

  /** What the step is about, and where everything is. */
  introduce(): void {
    const { folder, program, progress, course } = this.#options;
    const { number, name, title, summary: goal } = this.#step;
    this.#print("");
    this.#print(paint("bold", `Step ${number}: ${title.replaceAll("`", "")}`));
    this.#print(`  ${goal.replaceAll("`", "")}`);
    this.#print(`  Lesson   steps/${name}/README.md, or its page with npm start`);
    this.#print(`  Yours    ${folder.path}`);
    this.#print(`  Runs     ${program.name}, with the port to listen on in the environment variable PORT`);
    this.#print(`  Passed   ${Object.keys(progress.done).length} of ${plural(course.length, "step")}`);
  }

  /** Runs the checks after a save, or for the first time. Whatever still runs is given up. Resolves with the verdict. */
  async check(why: string): Promise<boolean> {
    const begin = performance.now();
    const old = this.#round;
    // Until its successor is there, everything that the old one still says is out of date.
    this.#round = undefined;
    const ended = old?.giveUp();
    this.#asked = undefined;
    const turn = (this.#turn += 1);
    const isCurrent = (): boolean => turn === this.#turn;
    this.#print(`\n${paint("bold", `── ${this.#step.name} · ${why} ──`)}`);

    const prepared = await this.#options.program.prepare();
    if (!isCurrent()) return false;
    if ("problem" in prepared) return this.#cannotStart(prepared.problem);
    const round = this.#newRound(this.#step.checks, prepared, () => look());
    this.#round = round;
    this.#write(stateOf(this.#step, round, { phase: "checking" }));
    const look = (): void => {
      const time = performance.now() - begin;
      const isCertain = round.firstFailure !== undefined && round.isSettledBefore(round.firstFailure);
      if (isCurrent() && time >= (isCertain ? SHOW_FAILURE_AFTER : SHOW_AFTER)) this.#show(round, begin, false);
    };
    const timers = [SHOW_FAILURE_AFTER, SHOW_AFTER].map((time) => setTimeout(look, time));
    await round.run();
    for (const timer of timers) clearTimeout(timer);
    await ended;
    if (!isCurrent()) return false;
    if (round.startProblem !== undefined) return this.#cannotStart(round.startProblem);
    this.#show(round, begin, true);
    await round.confirm();
    if (!isCurrent()) return false;
    this.#show(round, begin, true);
    if (!round.isPassed) return false;
    return this.#checkEarlier(prepared, isCurrent);
  }

  /** What a learner passed before still has to pass. */
  async #checkEarlier(prepared: Prepared & { command: readonly string[] }, isCurrent: () => boolean): Promise<boolean> {
    const { course } = this.#options;
    const before = course.filter(({ number }) => number < this.#step.number);
    const owners = new Map<Check, CourseStep>();
    for (const step of before) for (const check of step.checks) if (!isRetired(check, this.#step, course)) owners.set(check, step);
    if (owners.size === 0) return this.#passed(undefined);

    const begin = performance.now();
    const round = this.#newRound([...owners.keys()], prepared);
    this.#round = round;
    const last = before.at(-1)!.number;
    const which = last === 1 ? "step 1" : `steps 1 to ${last}`;
    await round.run();
    await round.confirm();
    if (!isCurrent()) return false;
    if (round.startProblem !== undefined) return this.#cannotStart(round.startProblem);
    const earlier = { passed: round.count("passed"), total: round.checks.length - round.count("skipped") };
    if (round.isPassed) {
      this.#print(paint("green", `✔ The ${plural(earlier.total, "check")} of ${which} still pass (${seconds(performance.now() - begin)}).`));
      return this.#passed(earlier);
    }
    const index = round.firstFailure ?? 0;
    const check = round.checks[index]!;
    const owner = owners.get(check)!;
    this.#print(paint("red", `✖ Of ${which}, ${summary(round)}. First of those that fail, from step ${owner.number}:`));
    this.#fail(round, index, owner, earlier);
    return false;
  }

  async #passed(earlier: PracticeState["earlier"]): Promise<boolean> {
    const { folder, progress } = this.#options;
    const isNew = progress.done[this.#step.slug] === undefined;
    progress.done[this.#step.slug] ??= new Date().toISOString();
    this.#isPassed = true;
    this.#lastText = "";
    folder.keepPassed(this.#step);
    await writeProgress(folder.progressFile, progress);
    this.#write(stateOf(this.#step, this.#shown?.round, { phase: "passed", ...(earlier && { earlier }) }));
    this.#print(paint("green", `Step ${this.#step.number} is ${isNew ? "passed" : "still passed"}.`));
    const { next } = this;
    this.#print(next ? `n goes on to step ${next.number}, ${next.slug}; d compares with our solution.` : "It was the last one: n runs the ending.");
    return true;
  }

  #newRound(checks: readonly Check[], { command }: { command: readonly string[] }, onChange?: () => void): Round {
    const { folder, program } = this.#options;
    return new Round({ checks, command, cwd: folder.path, startTime: program.startTime, ...(onChange && { onChange }) });
  }

  #cannotStart(problem: string): boolean {
    this.#shown = undefined;
    this.#isPassed = false;
    const [message = "", ...details] = problem.split("\n");
    this.#print(paint("red", `✖ ${message}`));
    for (const line of details) this.#print(`    ${line}`);
    this.#print(`No check could be tried.${this.#keys}`);
    this.#lastText = "";
    this.#write(stateOf(this.#step, undefined, { phase: "failing", failing: { title: "The server does not start", message, details: details.join("\n") } }));
    return false;
  }

  /** Shows what has changed since the last time: of one round, a verdict is shown once. */
  #show(round: Round, begin: number, isOver: boolean): void {
    const failure = round.firstFailure;
    const counts = `${summary(round)} (${seconds(performance.now() - begin)})`;
    const before = this.#shown?.round === round ? this.#shown : undefined;
    // Of a round that goes on, the first failure is news, and then only how it ended.
    if (before?.counts === summary(round) || (!isOver && before?.failure !== undefined)) return;
    if (failure === undefined ? !isOver : !isOver && !round.isSettledBefore(failure)) {
      // Nothing is certain yet: one line says that there is more to come.
      if (before === undefined) this.#print(`  ${counts}`);
      this.#shown ??= { round, failure: undefined, counts: "" };
      return;
    }
    this.#shown = { round, failure, counts: summary(round) };
    if (failure === undefined) {
      if (before?.failure !== undefined) this.#print(paint("green", "✔ It took its time, but it passes."));
      else for (const line of showChecks(round)) this.#print(line);
      this.#print(paint("green", `✔ ${counts}.`));
      return;
    }
    this.#isPassed = false;
    if (before?.failure !== failure) {
      for (const line of showChecks(round)) this.#print(line);
      this.#print("");
      this.#fail(round, failure, this.#step);
    }
    this.#print(`${counts}.${this.#keys}`);
  }

  /** Says why a check failed, unless it has said just that after the save before. */
  #fail(round: Round, index: number, owner: CourseStep, earlier?: PracticeState["earlier"]): void {
    const standing = round.standings[index];
    const check = round.checks[index]!;
    if (standing?.state !== "failed") return;
    const lines = explainFailure(check, standing.error, this.#options.signatures[owner.slug]);
    const text = `${check.title}\n${JSON.stringify(lookOf(standing.error))}`;
    this.#failing = { check, owner };
    if (text === this.#lastText) this.#print(paint("red", `✖ ${check.title}: still the same. ${lines[0]}`));
    else {
      this.#print(paint("red", `✖ ${check.title}`));
      for (const line of lines) this.#print(`    ${line}`);
    }
    this.#lastText = text;
    const [message = "", ...details] = lines;
    const failing = { title: check.title, message, details: details.join("\n") };
    const own = owner === this.#step ? round : this.#shown?.round;
    this.#write(stateOf(this.#step, own, { phase: "failing", failing, ...(earlier && { earlier }) }));
  }

  /** Does what a key asks for. Answers `"quit"`, `"ending"`, or nothing. */
  async press(key: string): Promise<"quit" | "ending" | undefined> {
    const isAgain = this.#asked === key;
    this.#asked = undefined;
    switch (key) {
      case "q":
        return "quit";
      case "h":
        this.#hint();
        break;
      case "?":
        this.#list();
        break;
      case "d":
        if (this.#isPassed || isAgain) this.#diff();
        else this.#ask("d", "The step is not passed yet. d once more shows the solution all the same.");
        break;
      case "r":
        if (isAgain) await this.#reset();
        else this.#ask("r", "This begins the step anew. r once more does it; your files are kept in backups/.");
        break;
      case "n":
        return this.#goOn();
      default:
        if (/^[a-z]$/.test(key)) this.#print(`There is no key ${key}.   ${KEYS}`);
    }
    return undefined;
  }

  #ask(key: string, sentence: string): void {
    this.#asked = key;
    this.#print(sentence);
  }

  #hint(): void {
    if (this.#isPassed || this.#failing === undefined) {
      this.#print(this.#isPassed ? "Nothing fails: there is nothing to hint at." : "As soon as a check has failed, there is a hint for it.");
      return;
    }
    const { check, owner } = this.#failing;
    const hints = hintsFor(owner, check.title);
    if (hints === undefined) return this.#print(`There are no hints for "${check.title}" yet.`);
    const key = `${owner.slug} ${check.title}`;
    const level = this.#hints.get(key) ?? 0;
    if (level >= hints.length) {
      this.#print("That were all hints, and here is the last one again. d twice shows the solution.");
    }
    const index = Math.min(level, hints.length - 1);
    this.#hints.set(key, level + 1);
    this.#print(paint("cyan", `Hint ${index + 1} of ${hints.length}, on "${check.title}":`));
    for (const line of (hints[index] ?? "").split("\n")) this.#print(`  ${line}`);
  }

  #list(): void {
    const round = this.#shown?.round;
    if (round !== undefined) for (const line of listChecks(round)) this.#print(line);
    else for (const { title } of this.#step.checks) this.#print(`· ${title}`);
    const { course, progress } = this.#options;
    const marks = course.map(({ number, slug }) => (progress.done[slug] !== undefined ? `${number}✔` : slug === this.#step.slug ? `[${number}]` : `${number}`));
    this.#print(`Steps: ${marks.join(" ")}`);
    this.#print(KEYS);
  }

  #diff(): void {
    const lines = solutionDiff(this.#options.folder, this.#step);
    if (lines.length === 0) return this.#print("Your files are the same as ours.");
    this.#print(`From yours (-) to ours (+), step ${this.#step.number}:`);
    for (const line of lines) this.#print(line);
  }

  async #reset(): Promise<void> {
    const { folder, course, progress } = this.#options;
    const backup = folder.backUp("before-reset");
    folder.clear();
    const source = folder.begin(this.#step, course[course.indexOf(this.#step) - 1], { code: progress.command === undefined });
    this.#options.onOwnChange?.();
    if (backup !== undefined) this.#print(`Your files are in ${join(folder.path, backup)}`);
    this.#print(`The step begins anew, from ${source}.`);
    this.#forget();
    await this.check("begun anew");
  }

  async #goOn(): Promise<"ending" | undefined> {
    const { next } = this;
    if (!this.#isPassed) {
      const way = next ? ` To go on all the same: npm run practice ${next.number}.` : "";
      this.#print(`Step ${this.#step.number} is not passed yet.${way}`);
      return undefined;
    }
    if (next === undefined) return "ending";
    const { folder, progress } = this.#options;
    const isUpdated = folder.updatePage(next, this.#step);
    this.#options.onOwnChange?.();
    if (!isUpdated) this.#print("client.html is your own, and stays as it is.");
    this.#step = next;
    progress.step = next.slug;
    await writeProgress(folder.progressFile, progress);
    this.#forget();
    this.introduce();
    await this.check("your files go on");
    return undefined;
  }

  #forget(): void {
    this.#shown = undefined;
    this.#failing = undefined;
    this.#isPassed = false;
    this.#lastText = "";
  }

  /** Ends what still runs. */
  async close(): Promise<void> {
    this.#turn += 1;
    await this.#round?.giveUp();
    await this.#options.program.close();
  }

  #print(line: string): void {
    this.#options.print(line);
  }

  #write(state: PracticeState): void {
    // In order, and none of them may end us: the site is a guest.
    this.#writing = this.#writing.then(() => writeState(this.#options.folder.stateFile, state)).catch(() => undefined);
  }
}
