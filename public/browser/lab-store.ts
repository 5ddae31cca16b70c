import type { WireEntry } from "../../scripts/lab/messages.ts";

/** How many entries the wire view keeps. */
export const KEPT = 1000;

/**
 * What the wire view holds: the entries that are shown, and, while it is paused, those that came
 * since. Pure, so that it can be tested without a page.
 */
export class WireStore {
  /** In the order of their ids, at most {@link KEPT}. */
  shown: WireEntry[] = [];
  /** What came during a pause, or what was stepped back over; at most {@link KEPT}. */
  ahead: WireEntry[] = [];
  /** How many entries were left out, here or by the lab. */
  dropped = 0;
  paused = false;
  /** The ids of shown entries that have a new state since somebody last emptied this. */
  readonly changed = new Set<number>();
  /** When each connection began, as far as we have seen it: milliseconds since 1970. */
  readonly began = new Map<number, number>();
  /** New states of shown entries that came during a pause. */
  #held = new Map<number, WireEntry>();
  #newest = -1;

  /** Takes in what the lab sends; `skipped` is how many entries it left out before them. */
  take(entries: readonly WireEntry[], skipped = 0): void {
    this.dropped += skipped;
    for (const entry of entries) this.#takeOne(entry);
    this.#trim();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#applyHeld();
    this.shown.push(...this.ahead);
    this.ahead = [];
    this.#trim();
  }

  /** Shows one entry more; returns it, or `undefined` if there is none. */
  forward(): WireEntry | undefined {
    this.#applyHeld();
    const next = this.ahead.shift();
    if (next) this.shown.push(next);
    this.#trim();
    return next;
  }

  /** Shows one entry less; returns the one that is now the last, or `undefined` if there is none. */
  back(): WireEntry | undefined {
    const last = this.shown.pop();
    if (last) this.ahead.unshift(last);
    return this.shown.at(-1);
  }

  /** Goes back to before the first entry, paused. */
  rewind(): void {
    this.paused = true;
    this.ahead = [...this.shown, ...this.ahead];
    this.shown = [];
    this.#trim();
  }

  clear(): void {
    this.shown = [];
    this.ahead = [];
    this.#held.clear();
    this.changed.clear();
    this.began.clear();
    this.dropped = 0;
  }

  /** Everything that is kept, shown or not. */
  all(): WireEntry[] {
    this.#applyHeld();
    return [...this.shown, ...this.ahead];
  }

  #takeOne(entry: WireEntry): void {
    if (entry.id > this.#newest) {
      this.#newest = entry.id;
      if (!this.began.has(entry.connection)) this.#begin(entry);
      (this.paused ? this.ahead : this.shown).push(entry);
      return;
    }
    if (replace(this.ahead, entry)) return;
    if (this.paused) this.#held.set(entry.id, entry);
    else if (replace(this.shown, entry)) this.changed.add(entry.id);
  }

  #begin({ connection, time }: WireEntry): void {
    this.began.set(connection, time);
    // The oldest ones have no entries any more.
    if (this.began.size > 2 * KEPT) this.began.delete(this.began.keys().next().value!);
  }

  #applyHeld(): void {
    for (const entry of this.#held.values()) {
      if (replace(this.shown, entry)) this.changed.add(entry.id);
    }
    this.#held.clear();
  }

  #trim(): void {
    this.dropped += trimFront(this.shown) + trimFront(this.ahead);
    // A pause may last: of what it holds back, only what is still shown is of use.
    if (this.#held.size > KEPT) this.#applyHeld();
  }
}

/** Puts the entry in the place of the one with its id, which is most often near the end. */
function replace(entries: WireEntry[], entry: WireEntry): boolean {
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const id = entries[index]!.id;
    if (id < entry.id) return false;
    if (id > entry.id) continue;
    entries[index] = entry;
    return true;
  }
  return false;
}

function trimFront(entries: WireEntry[]): number {
  const surplus = Math.max(0, entries.length - KEPT);
  if (surplus > 0) entries.splice(0, surplus);
  return surplus;
}
