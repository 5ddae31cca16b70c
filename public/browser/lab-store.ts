import type { WireEntry } from "../../scripts/lab/messages.ts";

/** How many entries the wire view shows; while it is paused, it keeps twice as many, shown or not. */
export const KEPT = 1000;

/**
 * What the wire view holds: the entries that are shown, and, while it is paused, those that came
 * since. Pure, so that it can be tested without a page.
 */
export class WireStore {
  /** In the order of their ids. */
  shown: WireEntry[] = [];
  /** What came during a pause, or what was stepped back over. */
  ahead: WireEntry[] = [];
  /** How many entries were left out, here or by the lab. */
  dropped = 0;
  paused = false;
  /** The ids of shown entries that have a new state since somebody last emptied this. */
  readonly changed = new Set<number>();
  /** The connections that entries have come of. */
  readonly connections = new Set<number>();
  /** When the first entry of this run came, in milliseconds since 1970: one clock for all connections. */
  start: number | undefined;
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
    this.#applyHeld();
    const last = this.shown.pop();
    if (last) this.ahead.unshift(last);
    return this.shown.at(-1);
  }

  /** Goes back to before the first entry, paused. */
  rewind(): void {
    this.paused = true;
    this.#applyHeld();
    this.ahead = [...this.shown, ...this.ahead];
    this.shown = [];
    this.#trim();
  }

  /** Forgets the entries; the clock goes on. */
  clear(): void {
    this.shown = [];
    this.ahead = [];
    this.#held.clear();
    this.changed.clear();
    this.connections.clear();
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
      this.start ??= entry.time;
      this.#meet(entry.connection);
      (this.paused ? this.ahead : this.shown).push(entry);
      return;
    }
    if (replace(this.ahead, entry)) return;
    if (this.paused) this.#held.set(entry.id, entry);
    else if (replace(this.shown, entry)) this.changed.add(entry.id);
  }

  #meet(connection: number): void {
    this.connections.add(connection);
    // The oldest ones have no entries any more.
    if (this.connections.size > 2 * KEPT) this.connections.delete(this.connections.values().next().value!);
  }

  #applyHeld(): void {
    for (const entry of this.#held.values()) {
      if (replace(this.shown, entry)) this.changed.add(entry.id);
    }
    this.#held.clear();
  }

  #trim(): void {
    if (this.paused) {
      // What is shown, or was stepped back over, stays as it is: there is no room for what is newest.
      const surplus = Math.max(0, this.shown.length + this.ahead.length - 2 * KEPT);
      this.dropped += this.ahead.splice(this.ahead.length - surplus, surplus).length;
    } else {
      this.dropped += this.shown.splice(0, this.shown.length - KEPT).length;
    }
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
