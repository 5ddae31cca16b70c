import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "../lib/processes.ts";
import { parseProgress } from "../practice/progress.ts";
import { readState } from "../practice/state.ts";
import type { PracticeNews } from "./messages.ts";

/** How often the files are looked at, in milliseconds. They change by renaming, which watchers lose on some systems. */
const LOOK_INTERVAL = 300;

/** Follows what `npm run practice` keeps in its folder. */
export class PracticeWatch {
  #folder: string;
  #onChange: () => void;
  #timer: NodeJS.Timeout | undefined;
  #seen = "";
  /** The process of the practice; 0 if there is none. */
  #pid = 0;
  #text = "";
  #news: PracticeNews | undefined;

  constructor(folder: string, onChange: () => void) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.#look();
  }

  /** How it stands with the practice; `undefined` if nobody has begun one. */
  get news(): PracticeNews | undefined {
    return this.#news;
  }

  /** Looks at the files from now on. */
  start(): void {
    this.#timer ??= setInterval(() => {
      const before = this.#text;
      this.#look();
      if (this.#text !== before) this.#onChange();
    }, LOOK_INTERVAL);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const stamp = ["state.json", "progress.json"].map((name) => {
      const stat = statSync(join(this.#folder, name), { throwIfNoEntry: false });
      return `${stat?.ino} ${stat?.mtimeMs} ${stat?.size}`;
    });
    // A process that was killed leaves its files as they are.
    const isLive = this.#news?.isLive === true && isRunning(this.#pid);
    const seen = `${stamp.join()} ${isLive}`;
    if (seen === this.#seen) return;
    const news = this.#read();
    this.#seen = `${stamp.join()} ${news?.isLive ?? false}`;
    this.#news = news;
    this.#text = JSON.stringify(news) ?? "";
  }

  #read(): PracticeNews | undefined {
    const progressFile = join(this.#folder, "progress.json");
    const progress = existsSync(progressFile) ? readProgressText(progressFile) : undefined;
    const state = readState(join(this.#folder, "state.json"));
    if (progress === undefined && state === undefined) return undefined;
    this.#pid = state?.pid ?? 0;
    const news: PracticeNews = { done: progress?.done ?? {}, isLive: isRunning(this.#pid) };
    if (state !== undefined) {
      const { step, phase, checks, earlier, failing } = state;
      Object.assign(news, { step: step.slug, phase, checks, ...(earlier && { earlier }), ...(failing && { failing }) });
    }
    return news;
  }
}

function readProgressText(file: string): ReturnType<typeof parseProgress> {
  try {
    return parseProgress(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
