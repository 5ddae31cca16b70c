import type { Direction, Rechunk, Recording, WireEntry } from "../../scripts/lab/messages.ts";
import { isControl } from "./lab-describe.ts";
import { button, h, oncePerPicture, setText } from "./lab-dom.ts";
import { drawDetail, drawSummary, problemOf } from "./lab-entry.ts";
import { RechunkControls } from "./lab-rechunk.ts";
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
const PAUSED = "The view stands still, the traffic goes on. Step, or ← and →, go from entry to entry.";

/** How many connections can be chosen one by one. */
const MOST_OFFERED = 50;

export interface WireListener {
  /** The reader wants the lab to forget, too. */
  onClear(): void;
  onRechunk(direction: Direction, mode: Rechunk): void;
  /** One entry is read as a whole, and needs the room; or it is no longer. */
  onReading(isReading: boolean): void;
}

interface Row {
  id: number;
  entry: WireEntry;
  item: HTMLElement;
  button: HTMLButtonElement;
}

/** What the tap sees, live or from a recording: a row for each entry, which opens in the place of the list. */
export class WireView {
  readonly element: HTMLElement;
  /** How chunks are changed. */
  readonly rechunk: RechunkControls;
  #slug: string;
  #listener: WireListener;
  #live = new WireStore();
  /** What is shown: the live one, or a recording's. */
  #store = this.#live;
  #recording: string | undefined;
  #rows: Row[] = [];
  /** The id of the entry that is read as a whole. */
  #open: number | undefined;
  #hint = "";
  readonly #plan = oncePerPicture(() => this.#draw());
  #follows = true;
  #lastTop = 0;
  #drawn: (() => void)[] = [];
  #filter = "all";

  #list = h("ol", { class: "wire-list" });
  #status = h("span", { class: "wire-status" });
  #noticeText = h("span", { class: "wire-notice-text" });
  #empty = h("p", { class: "wire-empty" });
  #pause = button("Pause", () => this.#togglePause(), { "aria-pressed": "false", title: "Stops this view, not the traffic" });
  #back = button("‹", () => this.#step(-1), { title: "One entry back (←)", "aria-label": "Back" });
  #forward = button("Step", () => this.#step(1), { title: "One entry on (→)" });
  #rewind = button("|‹", () => this.#goToStart(), { title: "Before the first entry", "aria-label": "To the start" });
  #toLive = button("Back to live", () => this.#show(this.#live, undefined));
  #notice = h("p", { class: "wire-notice", role: "status" }, this.#noticeText, this.#toLive);
  #toEnd = button("↓ To the newest", () => this.#followAgain(), { class: "wire-to-end" });
  #earlier = button("‹ Earlier", () => this.#turn(-1), { title: "The entry before (←)" });
  #later = button("Later ›", () => this.#turn(1), { title: "The entry behind (→)" });
  #toList = button("All entries", () => this.#stopReading(), { title: "Back to the list (Esc)" });
  #readingHead = h("div", { class: "wire-row" });
  #readingBody = h("div", { class: "wire-reading-body" });
  #reading = h(
    "div",
    { class: "wire-reading", hidden: true },
    h("div", { class: "wire-reading-bar" }, this.#toList, this.#earlier, this.#later),
    this.#readingHead,
    this.#readingBody,
  );
  #filterName = h("span", { class: "wire-filter-name" });
  #openHere = button("Open a recording …", () => this.chooseFile(), { hidden: true });
  #save = button("Save", () => this.#saveRecording(), { title: "Save what is shown as a recording" });
  #file = h("input", { type: "file", accept: ".json,application/json", class: "unseen", tabindex: "-1", "aria-label": "A recording" });
  #filters = h("select", { "aria-label": "What to show", onchange: () => this.#applyFilter() });
  /** How many connections the filter offers. */
  #offered = 0;
  #scroll: HTMLElement;
  /** Closes the menu, unless this is in it. */
  #closeMenu: (target: Node) => void = () => {};

  constructor(slug: string, listener: WireListener) {
    this.#slug = slug;
    this.#listener = listener;
    this.rechunk = new RechunkControls(slug, (direction, mode) => listener.onRechunk(direction, mode));
    this.#resetFilters();
    this.#file.addEventListener("change", () => void this.#readFile());
    const scroll = h("div", { class: "wire-scroll" }, this.#empty, this.#openHere, this.#list);
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
      this.rechunk.toggle,
      this.#status,
      this.#makeMenu(),
    );
    const { element } = this.rechunk;
    this.element = h("section", { class: "lab-wire", "aria-label": "Wire" }, tools, element, this.#notice, scroll, this.#reading, this.#toEnd);
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

  /** What is to be read where nothing has passed yet, and whether a recording is offered there. */
  setHint(text: string, offersRecording: boolean): void {
    this.#hint = text;
    this.#openHere.hidden = !offersRecording;
    this.#drawControls();
  }

  /** A server starts: what it sees has a clock of its own. */
  newRun(): void {
    this.#live.start = undefined;
  }

  /** What is needed less often. */
  #makeMenu(): HTMLElement {
    const open = button("Open …", () => this.chooseFile(), { title: "Open a recording" });
    const what = h("label", {}, "Show ", this.#filters);
    const title = h("summary", { title: "Choose what to show; save and open recordings" }, this.#filterName, "⋯", h("span", { class: "unseen" }, "More"));
    const menu = h("details", { class: "wire-more" }, title, h("div", {}, what, this.#save, open, this.#file));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      title.focus();
    });
    this.#closeMenu = (target) => {
      if (!menu.contains(target)) menu.open = false;
    };
    return menu;
  }

  /** It has come into sight: while it was out of sight, nothing could be scrolled. */
  refresh(): void {
    this.#plan();
  }

  /** Somebody has pressed something somewhere on the page: a menu that is open does not stay so. */
  pressed(target: Node): void {
    this.#closeMenu(target);
  }

  chooseFile(): void {
    this.#file.value = "";
    this.#file.click();
  }

  #show(store: WireStore, recording: string | undefined): void {
    this.#store = store;
    this.#recording = recording;
    store.changed.clear();
    setText(this.#noticeText, recording ?? "");
    this.#startOver();
  }

  #startOver(): void {
    this.#rows = [];
    this.#list.replaceChildren();
    this.#stopReading();
    this.#follows = true;
    this.#resetFilters();
    this.#plan();
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
    for (const { item } of removed) item.remove();
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
    }
    const read = this.#open !== undefined && changed.has(this.#open) ? current.get(this.#open) : undefined;
    if (read) this.#fillReading(read);
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
    const press = (): void => {
      this.#read(row.entry);
      this.#toList.focus();
    };
    const opener = h("button", { type: "button", class: "wire-row", tabindex: "-1", onclick: press });
    const row: Row = { id: entry.id, entry, item: h("li", { class: `wire-${entry.kind}` }, opener), button: opener };
    this.#fill(row);
    return row;
  }

  #fill(row: Row): void {
    const { entry, item, button } = row;
    button.replaceChildren(...this.#summary(entry));
    item.classList.toggle("has-problem", problemOf(entry, this.#slug) !== undefined);
    item.classList.toggle("is-control", isControl(entry));
  }

  #summary(entry: WireEntry): HTMLElement[] {
    const start = this.#store.start ?? entry.time;
    return drawSummary(entry, Math.max(0, entry.time - start) / 1000, this.#slug);
  }

  /** Shows one entry as a whole. */
  #read(entry: WireEntry): void {
    const wasReading = this.#open !== undefined;
    this.#open = entry.id;
    this.#follows = false;
    this.#fillReading(entry);
    this.#readingBody.scrollTop = 0;
    const row = this.#rowOf(entry.id);
    if (row) this.#moveTo(row);
    if (!wasReading) this.#setReading(true);
    this.#drawControls();
  }

  /** Back to the list, at the entry that was read. */
  #stopReading(): void {
    if (this.#open === undefined) return;
    const row = this.#rowOf(this.#open);
    const hadFocus = this.#reading.contains(document.activeElement);
    this.#open = undefined;
    this.#setReading(false);
    if (row) {
      this.#bringIntoSight(row);
      this.#follows = this.#isNewestInSight();
      if (hadFocus) row.button.focus({ preventScroll: true });
    } else {
      this.#follows = true;
      if (hadFocus) this.#pause.focus();
    }
    this.#plan();
  }

  #setReading(isReading: boolean): void {
    this.#reading.hidden = !isReading;
    this.#scroll.hidden = isReading;
    this.element.classList.toggle("is-reading", isReading);
    this.#listener.onReading(isReading);
  }

  #fillReading(entry: WireEntry): void {
    this.#readingHead.replaceChildren(...this.#summary(entry));
    this.#readingBody.replaceChildren(drawDetail(entry, this.#slug));
  }

  #rowOf(id: number): Row | undefined {
    return this.#rows.find((row) => row.id === id);
  }

  /** Reads the entry before or behind. */
  #turn(by: 1 | -1): void {
    const entry = this.#neighbour(by);
    if (entry) this.#read(entry);
  }

  #neighbour(by: 1 | -1): WireEntry | undefined {
    const entries = this.#entries();
    return entries[entries.findIndex(({ id }) => id === this.#open) + by];
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
    if (entry) this.#read(entry);
    else if (this.#store.shown.length === 0) this.#stopReading();
  }

  #goToStart(): void {
    this.#store.rewind();
    this.#stopReading();
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
    if (key === "Escape") return this.#stopReading();
    if (key === "ArrowLeft" || key === "ArrowRight") {
      if (!this.#store.paused && this.#open === undefined) return;
      // These keys turn the lesson's pages elsewhere; here they go from entry to entry.
      event.stopPropagation();
      event.preventDefault();
      const by = key === "ArrowRight" ? 1 : -1;
      if (this.#store.paused) this.#step(by);
      else this.#turn(by);
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

  /** Who scrolls gets what lies there; who comes to the end follows again. */
  #fetchMore(): void {
    if (this.#scroll.scrollTop < NEAR) this.#prepend();
    if (this.#below() > NEAR) return;
    if (this.#append(this.#entries(), MORE_ROWS)) return;
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
    if (!isRecording && paused) setText(this.#noticeText, PAUSED);
    else if (this.#noticeText.textContent === PAUSED) setText(this.#noticeText, "");
    this.#notice.hidden = this.#noticeText.textContent === "";
    this.#earlier.hidden = this.#later.hidden = paused;
    this.#earlier.setAttribute("aria-disabled", String(this.#neighbour(-1) === undefined));
    this.#later.setAttribute("aria-disabled", String(this.#neighbour(1) === undefined));
    this.#rewind.hidden = this.#back.hidden = this.#forward.hidden = !paused;
    // Buttons that end up without an effect stay, so that the keyboard does not lose its place.
    this.#rewind.setAttribute("aria-disabled", String(shown.length === 0));
    this.#back.setAttribute("aria-disabled", String(shown.length === 0));
    this.#forward.setAttribute("aria-disabled", String(ahead.length === 0));
    this.#empty.hidden = shown.length > 0;
    setText(this.#empty, ahead.length > 0 ? `${ahead.length.toLocaleString("en")} wait: press Step.` : this.#hint);
    this.#toEnd.hidden = this.#open !== undefined || this.#follows || this.#isNewestInSight();
    this.#offerConnections();
    setText(this.#filterName, this.#filter === "all" ? "" : `${this.#filters.selectedOptions[0]?.textContent} `);
    const parts = [`${shown.length.toLocaleString("en")} shown`];
    if (paused) parts.push(`${ahead.length.toLocaleString("en")} wait`);
    if (dropped > 0) parts.push(`${dropped.toLocaleString("en")} left out`);
    setText(this.#status, parts.join(" · "));
    this.#status.dataset["shown"] = String(shown.length);
    this.#status.dataset["dropped"] = String(dropped);
  }

  #offerConnections(): void {
    const { connections } = this.#store;
    if (connections.size === this.#offered) return;
    const known = [...connections].slice(0, MOST_OFFERED).slice(this.#offered);
    this.#filters.append(...known.map((number) => h("option", { value: `#${number}` }, `Connection #${number}`)));
    this.#offered = Math.min(connections.size, MOST_OFFERED);
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
        return problemOf(entry, this.#slug) !== undefined;
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
      setText(this.#noticeText, error instanceof Error ? error.message : "This file cannot be read.");
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
