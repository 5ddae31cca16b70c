import type { Direction, Rechunk, Recording, WireEntry } from "../../scripts/lab/messages.ts";
import { isControl } from "./lab-describe.ts";
import { beforeNextPicture, button, h, setText } from "./lab-dom.ts";
import { drawDetail, drawSummary } from "./lab-entry.ts";
import { LARGEST_FILE, parseRecording, toRecording } from "./lab-recording.ts";
import { WireStore } from "./lab-store.ts";

/** How many rows there are while the newest ones are followed; who scrolls up gets older ones. */
const FOLLOWED_ROWS = 80;
/** How many rows are added at a time for those who scroll. */
const MORE_ROWS = 100;
/** While an older row is being read, newer ones are added up to so many. */
const MOST_ROWS = 300;
/** How near to the end of the list more rows are fetched, in pixels. */
const NEAR = 300;
/** How many connections can be chosen one by one. */
const MOST_OFFERED = 50;

export interface WireListener {
  /** The reader wants the lab to forget, too. */
  onClear(): void;
  onRechunk(direction: Direction, mode: Rechunk): void;
}

interface Row {
  id: number;
  entry: WireEntry;
  item: HTMLElement;
  button: HTMLButtonElement;
}

/** What the tap sees, live or from a recording: a row for each entry, which opens. */
export class WireView {
  readonly element: HTMLElement;
  /** How chunks are changed; the lab's page puts it where it fits. */
  readonly rechunk: RechunkControls;
  #slug: string;
  #listener: WireListener;
  #live = new WireStore();
  /** What is shown: the live one, or a recording's. */
  #store = this.#live;
  #recording: string | undefined;
  #rows: Row[] = [];
  #open: number | undefined;
  #isPlanned = false;
  #follows = true;
  #lastTop = 0;
  #drawn: (() => void)[] = [];
  #filter = "all";

  #list = h("ol", { class: "wire-list" });
  #status = h("span", { class: "wire-status" });
  #notice = h("p", { class: "wire-notice", role: "status" });
  #empty = h("p", { class: "wire-empty" });
  #pause = button("Pause", () => this.#togglePause(), { "aria-pressed": "false" });
  #back = button("Back", () => this.#step(-1), { title: "One entry back (←)" });
  #forward = button("Step", () => this.#step(1), { title: "One entry on (→)" });
  #rewind = button("To the start", () => this.#goToStart(), { title: "Before the first entry" });
  #toLive = button("Back to live", () => this.#show(this.#live, undefined));
  #toEnd = button("To the newest", () => this.#followAgain(), { class: "wire-to-end" });
  #save = button("Save", () => this.#saveRecording(), { title: "Save what is shown as a recording" });
  #file = h("input", { type: "file", accept: ".json,application/json", class: "unseen", tabindex: "-1", "aria-label": "A recording" });
  #filters = h("select", { "aria-label": "What to show", onchange: () => this.#applyFilter() });
  /** How many connections the filter offers. */
  #offered = 0;
  #scroll: HTMLElement;

  constructor(slug: string, listener: WireListener) {
    this.#slug = slug;
    this.#listener = listener;
    this.rechunk = new RechunkControls(slug, (direction, mode) => listener.onRechunk(direction, mode));
    this.#resetFilters();
    this.#file.addEventListener("change", () => void this.#readFile());
    const scroll = h("div", { class: "wire-scroll" }, this.#empty, this.#list);
    this.#scroll = scroll;
    scroll.addEventListener("scroll", () => this.#noteScroll(), { passive: true });
    // Rows get their true height only when they are about to be seen.
    new ResizeObserver(() => this.#goToEnd()).observe(this.#list);
    const tools = h(
      "div",
      { class: "lab-pane-bar" },
      h("h3", {}, "Wire"),
      this.#pause,
      this.#rewind,
      this.#back,
      this.#forward,
      button("Clear", () => this.#clear()),
      this.#filters,
      this.#save,
      button("Open …", () => this.chooseFile(), { title: "Open a recording" }),
      this.#file,
      this.#toLive,
      this.#status,
    );
    this.element = h("section", { class: "lab-wire", "aria-label": "Wire" }, tools, this.rechunk.element, this.#notice, scroll, this.#toEnd);
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.#draw();
  }

  /** Takes a batch in; `done` is called when it has been drawn, or counted as left out. */
  take(entries: readonly WireEntry[], skipped: number, done: () => void): void {
    this.#live.take(entries, skipped);
    this.#drawn.push(done);
    this.#plan();
  }

  /** The lab has forgotten what was. */
  cleared(): void {
    this.#live.clear();
    if (this.#store === this.#live) this.#startOver();
  }

  /** Another connection to a lab begins: what it sends has ids of its own. */
  reset(): void {
    const isShown = this.#store === this.#live;
    const wasPaused = this.#live.paused;
    this.#live = new WireStore();
    if (wasPaused) this.#live.pause();
    if (isShown) this.#show(this.#live, undefined);
  }

  /** What is to be read where nothing has passed yet. */
  setHint(text: string): void {
    setText(this.#empty, text);
  }

  /** It has come into sight: while it was out of sight, nothing could be scrolled. */
  refresh(): void {
    this.#plan();
  }

  chooseFile(): void {
    this.#file.value = "";
    this.#file.click();
  }

  #show(store: WireStore, recording: string | undefined): void {
    this.#store = store;
    this.#recording = recording;
    store.changed.clear();
    setText(this.#notice, recording ?? "");
    this.#startOver();
  }

  #startOver(): void {
    this.#rows = [];
    this.#list.replaceChildren();
    this.#open = undefined;
    this.#follows = true;
    this.#resetFilters();
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    beforeNextPicture(() => {
      this.#isPlanned = false;
      this.#draw();
    });
  }

  /**
   * Makes the rows those of the store. While the newest are followed, there are only as many as can
   * be seen, so that a flood costs little: what would leave the list at once is not drawn at all.
   */
  #draw(): void {
    const entries = this.#entries();
    this.#redraw();
    this.#removeBehind(this.#store.shown.at(-1)?.id ?? -1);
    if (this.#follows) this.#showTail(entries);
    else this.#append(entries, MOST_ROWS - this.#rows.length);
    this.#drawControls();
    this.#goToEnd();
    for (const done of this.#drawn.splice(0)) done();
  }

  /** What the filter lets through. */
  #entries(): WireEntry[] {
    const { shown } = this.#store;
    return this.#filter === "all" ? shown : shown.filter((entry) => this.#passes(entry));
  }

  #showTail(entries: readonly WireEntry[]): void {
    const tail = entries.slice(-FOLLOWED_ROWS);
    const first = tail[0]?.id ?? Infinity;
    let stale = 0;
    while (stale < this.#rows.length && this.#rows[stale]!.id < first) stale += 1;
    this.#remove(this.#rows.splice(0, stale));
    this.#append(tail, tail.length);
  }

  #removeBehind(last: number): void {
    const removed: Row[] = [];
    while (this.#rows.length > 0 && this.#rows.at(-1)!.id > last) removed.push(this.#rows.pop()!);
    this.#remove(removed);
  }

  #remove(removed: readonly Row[]): void {
    if (removed.length === 0) return;
    // The keyboard must not fall out of the list with its row.
    const hadFocus = removed.some(({ item }) => item.contains(document.activeElement));
    for (const { id, item } of removed) {
      item.remove();
      if (id === this.#open) this.#open = undefined;
    }
    if (removed.some(({ button }) => button.tabIndex === 0)) this.#giveTabStop();
    if (hadFocus) (this.#rows.at(-1)?.button ?? this.#pause).focus({ preventScroll: true });
  }

  /** One row can be reached with Tab; the arrow keys go on from there. */
  #giveTabStop(): void {
    const row = this.#rows.at(-1);
    if (row && !this.#rows.some(({ button }) => button.tabIndex === 0)) row.button.tabIndex = 0;
  }

  #redraw(): void {
    const { changed, shown } = this.#store;
    if (changed.size === 0) return;
    // A frame's problem may be found only now.
    if (this.#filter === "problems") this.#remove(this.#rows.splice(0));
    const current = new Map(shown.map((entry) => [entry.id, entry]));
    for (const row of this.#rows) {
      const entry = changed.has(row.id) ? current.get(row.id) : undefined;
      if (!entry) continue;
      row.entry = entry;
      this.#fill(row);
      if (this.#open === row.id) row.item.lastElementChild?.replaceWith(drawDetail(entry));
    }
    changed.clear();
  }

  /** Adds up to `most` rows at the end; returns whether there were any. */
  #append(entries: readonly WireEntry[], most: number): boolean {
    const last = this.#rows.at(-1)?.id ?? -1;
    let from = entries.length;
    while (from > 0 && entries[from - 1]!.id > last) from -= 1;
    const rows = entries.slice(from, from + Math.max(0, most)).map((entry) => this.#makeRow(entry));
    this.#rows.push(...rows);
    this.#list.append(...rows.map(({ item }) => item));
    this.#giveTabStop();
    return rows.length > 0;
  }

  /** Adds older rows at the beginning, and keeps what is seen in its place. */
  #prepend(): void {
    const first = this.#rows[0]?.id;
    if (first === undefined) return;
    const older = this.#entries().filter(({ id }) => id < first).slice(-MORE_ROWS);
    if (older.length === 0) return;
    const rows = older.map((entry) => this.#makeRow(entry));
    const height = this.#list.offsetHeight;
    this.#rows.unshift(...rows);
    this.#list.prepend(...rows.map(({ item }) => item));
    this.#scroll.scrollTop += this.#list.offsetHeight - height;
  }

  #makeRow(entry: WireEntry): Row {
    const press = (): void => this.#toggle(row);
    const opener = h("button", { type: "button", class: "wire-row", tabindex: "-1", "aria-expanded": "false", onclick: press });
    const row: Row = { id: entry.id, entry, item: h("li", { class: `wire-${entry.kind}` }, opener), button: opener };
    this.#fill(row);
    return row;
  }

  #fill(row: Row): void {
    const { entry, item, button } = row;
    const began = this.#store.began.get(entry.connection) ?? entry.time;
    button.replaceChildren(...drawSummary(entry, Math.max(0, entry.time - began) / 1000));
    item.classList.toggle("has-problem", "problem" in entry && entry.problem !== undefined);
    item.classList.toggle("is-control", isControl(entry));
  }

  #toggle(row: Row): void {
    const wasOpen = this.#open === row.id;
    const before = this.#rows.find(({ id }) => id === this.#open);
    if (before) close(before);
    this.#open = undefined;
    this.#moveTo(row);
    if (wasOpen) return;
    this.#open = row.id;
    // Somebody reads this one: the newer ones must not push it away.
    this.#follows = false;
    row.button.setAttribute("aria-expanded", "true");
    row.item.append(drawDetail(row.entry));
    this.#bringIntoSight(row);
    this.#drawControls();
  }

  #moveTo(row: Row): void {
    for (const { button } of this.#rows) button.tabIndex = -1;
    row.button.tabIndex = 0;
  }

  #togglePause(): void {
    if (this.#store.paused) {
      this.#store.resume();
      this.#follows = true;
    } else this.#store.pause();
    this.#plan();
  }

  #step(by: 1 | -1): void {
    if (!this.#store.paused) this.#store.pause();
    const entry = by > 0 ? this.#store.forward() : this.#store.back();
    this.#follows = true;
    this.#draw();
    const row = this.#rows.find(({ id }) => id === entry?.id);
    if (row && this.#open !== row.id) this.#toggle(row);
    else if (row) this.#bringIntoSight(row);
  }

  #goToStart(): void {
    this.#store.rewind();
    this.#follows = true;
    this.#plan();
  }

  #clear(): void {
    if (this.#store === this.#live) this.#listener.onClear();
    this.#store.clear();
    this.#startOver();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!(event.target instanceof Element) || event.target.closest("select, input, pre, ws-frame")) return;
    const { key } = event;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      // These keys turn the lesson's pages elsewhere; here they step, or do nothing.
      event.stopPropagation();
      if (!this.#store.paused) return;
      event.preventDefault();
      this.#step(key === "ArrowRight" ? 1 : -1);
      return;
    }
    this.#moveFocus(event);
  }

  #moveFocus(event: KeyboardEvent): void {
    const rows = this.#rows;
    const at = rows.findIndex(({ button }) => button === document.activeElement);
    if (at < 0) return;
    const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
    const row = next === undefined ? undefined : rows[next];
    if (!row) return;
    event.preventDefault();
    this.#follows = false;
    this.#moveTo(row);
    row.button.focus();
  }

  /** Keeps the newest row in sight, if that is what the reader wants. */
  #goToEnd(): void {
    if (!this.#follows) return;
    this.#scroll.scrollTop = 1e7;
    this.#lastTop = this.#scroll.scrollTop;
  }

  /** How much is below what is seen, in pixels. */
  #below(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Whether at least the beginning of the newest row can be seen. */
  #isNewestInSight(): boolean {
    const last = this.#rows.at(-1);
    if (last === undefined || last.id !== this.#entries().at(-1)?.id) return last === undefined;
    return last.item.getBoundingClientRect().top < this.#scroll.getBoundingClientRect().bottom - 8;
  }

  #noteScroll(): void {
    const isUpwards = this.#scroll.scrollTop < this.#lastTop;
    if (this.#follows && isUpwards && this.#below() > 24) this.#follows = false;
    if (!this.#follows) this.#fetchMore();
    this.#lastTop = this.#scroll.scrollTop;
    this.#drawControls();
  }

  /** Who scrolls gets what lies there; who comes to the end follows again, unless a row is open. */
  #fetchMore(): void {
    if (this.#scroll.scrollTop < NEAR) this.#prepend();
    if (this.#below() > NEAR) return;
    if (this.#append(this.#entries(), MORE_ROWS) || this.#open !== undefined) return;
    this.#follows = this.#below() < 24;
  }

  /** Brings an open row into the list's window, its beginning first. */
  #bringIntoSight({ item }: Row): void {
    const box = this.#scroll.getBoundingClientRect();
    const { top, bottom } = item.getBoundingClientRect();
    if (top < box.top) this.#scroll.scrollTop += top - box.top;
    else if (bottom > box.bottom) this.#scroll.scrollTop += Math.min(bottom - box.bottom, top - box.top);
    this.#lastTop = this.#scroll.scrollTop;
  }

  #followAgain(): void {
    this.#follows = true;
    this.#draw();
    const last = this.#rows.at(-1);
    if (last) this.#moveTo(last);
    last?.button.focus({ preventScroll: true });
  }

  #drawControls(): void {
    const { paused, shown, ahead, dropped } = this.#store;
    const isRecording = this.#recording !== undefined;
    setText(this.#pause, paused ? (isRecording ? "Show all" : "Go on") : "Pause");
    this.#pause.setAttribute("aria-pressed", String(paused));
    this.#toLive.hidden = !isRecording;
    this.#notice.hidden = !isRecording && this.#notice.textContent === "";
    this.#rewind.hidden = this.#back.hidden = this.#forward.hidden = !paused;
    // Buttons that end up without an effect stay, so that the keyboard does not lose its place.
    this.#rewind.setAttribute("aria-disabled", String(shown.length === 0));
    this.#back.setAttribute("aria-disabled", String(shown.length === 0));
    this.#forward.setAttribute("aria-disabled", String(ahead.length === 0));
    this.#empty.hidden = shown.length > 0;
    this.#toEnd.hidden = this.#follows || this.#isNewestInSight();
    this.#offerConnections();
    const parts = [`${shown.length.toLocaleString("en")} shown`];
    if (paused) parts.push(`${ahead.length.toLocaleString("en")} ${isRecording ? "to come" : "new"}`);
    if (dropped > 0) parts.push(`${dropped.toLocaleString("en")} left out`);
    setText(this.#status, parts.join(" · "));
    this.#status.dataset["shown"] = String(shown.length);
    this.#status.dataset["dropped"] = String(dropped);
  }

  #offerConnections(): void {
    const { began } = this.#store;
    if (began.size === this.#offered) return;
    const known = [...began.keys()].slice(0, MOST_OFFERED).slice(this.#offered);
    this.#filters.append(...known.map((number) => h("option", { value: `#${number}` }, `Connection #${number}`)));
    this.#offered = Math.min(began.size, MOST_OFFERED);
  }

  #resetFilters(): void {
    const choices = {
      all: "Everything",
      frames: "Frames",
      control: "Control frames",
      problems: "Problems",
      "to-server": "Client to server",
      "to-client": "Server to client",
    };
    this.#filters.replaceChildren(...Object.entries(choices).map(([value, label]) => h("option", { value }, label)));
    this.#filter = "all";
    this.#offered = 0;
  }

  #applyFilter(): void {
    this.#filter = this.#filters.value;
    this.#remove(this.#rows.splice(0));
    this.#follows = true;
    this.#plan();
  }

  #passes(entry: WireEntry): boolean {
    switch (this.#filter) {
      case "all":
        return true;
      case "frames":
        return entry.kind === "frame";
      case "control":
        return isControl(entry);
      case "problems":
        return "problem" in entry && entry.problem !== undefined;
      case "to-server":
      case "to-client":
        return entry.kind !== "event" && entry.direction === this.#filter;
      default:
        return `#${entry.connection}` === this.#filter;
    }
  }

  #saveRecording(): void {
    const text = JSON.stringify(toRecording(this.#slug, this.#store.all()), null, 1);
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
    h("a", { href: url, download: `wire-${this.#slug}-${time}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async #readFile(): Promise<void> {
    const file = this.#file.files?.[0];
    if (!file) return;
    try {
      if (file.size > LARGEST_FILE) throw new Error("This file is too large for a recording.");
      this.#showRecording(parseRecording(await file.text()), file.name);
    } catch (error) {
      setText(this.#notice, error instanceof Error ? error.message : "This file cannot be read.");
      this.#drawControls();
    }
  }

  #showRecording({ slug, entries }: Recording, name: string): void {
    const store = new WireStore();
    store.take(entries);
    const step = slug === undefined ? "" : ` of the step ${slug}`;
    const size = entries.length === 1 ? "1 entry" : `${entries.length.toLocaleString("en")} entries`;
    this.#show(store, `A recording${step}, from the file ${name}: ${size}. Pause, then Step goes through it entry by entry.`);
  }
}

function close({ item, button }: Row): void {
  button.setAttribute("aria-expanded", "false");
  item.querySelector(".wire-detail")?.remove();
}

const MODES: Readonly<Record<Rechunk, { label: string; effect: string }>> = {
  "as-is": { label: "as it comes", effect: "" },
  bytes: { label: "one byte at a time", effect: "Each byte is a chunk of its own: a parser that expects a whole frame in a chunk breaks." },
  gather: { label: "gather a second", effect: "All that comes within a second passes as one chunk: several frames arrive together." },
  delay: { label: "half a second later", effect: "Every chunk passes half a second later: what is sent on the way crosses what is answered." },
};

/** What a step shows if the stream is cut otherwise, by its slug. */
const HINTS: Readonly<Record<string, string>> = {
  "payload-lengths":
    "Try it: to the server, gather a second; then press Send several times within it. Only the first message comes back. The next step mends that.",
  "byte-stream":
    "Try it: to the server, one byte at a time; or gather a second, with several quick clicks on Send. The step before lost messages; this one finds every frame.",
};

/** Switches that change how the tap passes bytes on. */
export class RechunkControls {
  readonly element: HTMLElement;
  #choices = new Map<Direction, HTMLSelectElement>();
  #effect = h("p", { class: "wire-effect", role: "status" });

  constructor(slug: string, choose: (direction: Direction, mode: Rechunk) => void) {
    const label = (direction: Direction, text: string): HTMLElement => {
      const change = (): void => choose(direction, choice.value as Rechunk);
      const choice = h("select", { onchange: change });
      choice.append(...Object.entries(MODES).map(([value, mode]) => h("option", { value }, mode.label)));
      this.#choices.set(direction, choice);
      return h("label", {}, `${text} `, choice);
    };
    const hint = HINTS[slug];
    this.element = h(
      "div",
      { class: "wire-rechunk", role: "group", "aria-label": "How the tap passes chunks on" },
      h("span", { class: "wire-rechunk-title" }, "Chunks pass"),
      label("to-server", "to the server"),
      label("to-client", "to the client"),
      this.#effect,
    );
    if (hint !== undefined) this.element.append(h("p", { class: "wire-hint" }, hint));
    this.set({ "to-server": "as-is", "to-client": "as-is" });
  }

  /** Shows what holds now; another page may have changed it. */
  set(modes: Record<Direction, Rechunk>): void {
    for (const [direction, choice] of this.#choices) {
      if (choice.value !== modes[direction]) choice.value = modes[direction];
    }
    const effects = new Set([modes["to-server"], modes["to-client"]].map((mode) => MODES[mode].effect));
    setText(this.#effect, [...effects].filter((effect) => effect !== "").join(" "));
    this.#effect.hidden = this.#effect.textContent === "";
    this.element.classList.toggle("is-changed", !this.#effect.hidden);
  }

  /** Without a lab, there is nothing to cut. */
  enable(isPossible: boolean): void {
    for (const choice of this.#choices.values()) choice.disabled = !isPossible;
  }
}
