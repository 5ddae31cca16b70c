import type { Log } from "./log.ts";
import type { FromLab, LabState, WireEntry } from "./messages.ts";
import type { Recorder } from "./recorder.ts";

/** How many bytes of entries go into one batch, about. */
const BATCH_BYTES = 256 * 1024;
/** While more bytes than that wait for a page to read them, it gets nothing new. */
const MOST_UNREAD = 1024 * 1024;

export interface PageOptions {
  log: Log;
  recorder: Recorder;
  send: (text: string) => void;
  /** How many bytes have been sent that are not on their way yet. */
  unread: () => number;
  state: () => LabState;
}

/**
 * What one page knows, and what it has still to hear. Nothing of what waits is kept here: it stays
 * where it is kept anyway, so that a page that does not listen costs no memory.
 */
export class Page {
  /** It only shows the practice, and hears of nothing else. */
  isGuest = false;
  #options: PageOptions;
  #lastLine: number;
  #isStateNew = false;
  #isCleared = false;
  /** The entries that are new or have grown. */
  #entries: Set<number>;
  /** The last entry that the page has heard of. */
  #lastEntry = 0;
  #skipped = 0;
  #batches = 0;
  /** The page has not taken the last batch in yet. */
  #isBusy = false;

  constructor(options: PageOptions, hello: Omit<Extract<FromLab, { type: "hello" }>, "type" | "log">) {
    this.#options = options;
    const { log, recorder } = options;
    this.#send({ type: "hello", ...hello, log: log.after(0) });
    this.#lastLine = log.lastId;
    this.#entries = new Set(recorder.ids);
  }

  stateChanged(): void {
    this.#isStateNew = true;
  }

  entryChanged(id: number): void {
    this.#entries.add(id);
  }

  entryDropped(id: number): void {
    if (this.#entries.delete(id) && id > this.#lastEntry) this.#skipped += 1;
  }

  cleared(): void {
    this.#entries.clear();
    this.#skipped = 0;
    this.#isCleared = true;
  }

  problem(sentence: string): void {
    // A page that sends nonsense and reads no answer shall not fill our memory.
    if (this.#options.unread() < MOST_UNREAD) this.#send({ type: "problem", sentence });
  }

  acknowledged(batch: number): void {
    if (batch === this.#batches) this.#isBusy = false;
  }

  /** Sends what is new, as far as the page keeps up. */
  flush(): void {
    const { log, state, unread } = this.#options;
    if (unread() >= MOST_UNREAD) return;
    if (this.#isCleared && !this.isGuest) {
      this.#isCleared = false;
      this.#send({ type: "cleared" });
    }
    if (this.#isStateNew) {
      this.#isStateNew = false;
      this.#send({ type: "state", state: state() });
    }
    if (this.isGuest) return;
    const lines = log.after(this.#lastLine);
    if (lines.length > 0) {
      this.#lastLine = log.lastId;
      this.#send({ type: "log", lines });
    }
    if (!this.#isBusy && (this.#entries.size > 0 || this.#skipped > 0)) this.#sendEntries();
  }

  #sendEntries(): void {
    const entries: WireEntry[] = [];
    let bytes = 0;
    // In the order of their ids, whatever has grown last.
    for (const id of [...this.#entries].sort((a, b) => a - b)) {
      if (bytes > BATCH_BYTES) break;
      this.#entries.delete(id);
      const entry = this.#options.recorder.entry(id);
      if (!entry) continue;
      entries.push(entry);
      bytes += 300 + ("bytes" in entry ? entry.bytes.length : 0);
      this.#lastEntry = Math.max(this.#lastEntry, id);
    }
    const skipped = this.#skipped;
    this.#skipped = 0;
    this.#batches += 1;
    this.#isBusy = true;
    this.#send({ type: "wire", batch: this.#batches, entries, skipped });
  }

  #send(message: FromLab): void {
    this.#options.send(JSON.stringify(message));
  }
}
