import type { LogLine } from "../../scripts/lab/messages.ts";
import { button, h, oncePerPicture, setText } from "./lab-dom.ts";

/** How many lines are kept. */
const KEPT_LINES = 500;
/** How many of them are drawn while the end is followed. */
const FOLLOWED_LINES = 60;

/** What the lab prints when a step's server starts: a new chapter begins. */
const CHAPTER = /^Step \d+ starts$/;

/** What the step's programs print: the last line, or when open, all. Follows the end unless somebody has scrolled up. */
export class LabLog {
  readonly element: HTMLElement;
  #latest = h("span", { class: "lab-latest" });
  #toggle = button("Log", () => this.setOpen(!this.isOpen), { class: "lab-fold", "aria-expanded": "false" });
  #onToggle: (isOpen: boolean) => void;
  #list: HTMLElement;
  #lines: LogLine[] = [];
  /** The ids of the first and the last line that are drawn. */
  #drawn = { first: Infinity, last: -1 };
  readonly #plan = oncePerPicture(() => this.#draw());
  #follows = true;
  #lastTop = 0;

  /** `onToggle` hears when it opens or closes. */
  constructor(onToggle: (isOpen: boolean) => void) {
    this.#onToggle = onToggle;
    this.#list = h("ol", { class: "lab-lines", tabindex: "0", "aria-label": "What server and client print" });
    this.#list.addEventListener("scroll", () => this.#noteScroll(), { passive: true });
    this.#list.hidden = true;
    const title = h("h3", {}, this.#toggle);
    const bar = h("div", { class: "lab-pane-bar" }, title, this.#latest);
    this.element = h("section", { class: "lab-log", "aria-label": "Log" }, bar, this.#list);
  }

  get isOpen(): boolean {
    return !this.#list.hidden;
  }

  setOpen(isOpen: boolean): void {
    if (isOpen === this.isOpen) return;
    this.#list.hidden = !isOpen;
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
    this.#latest.hidden = isOpen;
    this.element.classList.toggle("is-unfolded", isOpen);
    this.#onToggle(isOpen);
    this.#plan();
  }

  take(lines: readonly LogLine[]): void {
    const newest = this.#lines.at(-1)?.id ?? -1;
    this.#lines.push(...lines.filter(({ id }) => id > newest));
    this.#lines.splice(0, Math.max(0, this.#lines.length - KEPT_LINES));
    this.#plan();
  }

  /** Forgets everything: another lab, with a count of its own, has come. */
  reset(): void {
    this.#lines = [];
    this.#drawn = { first: Infinity, last: -1 };
    this.#follows = true;
    this.#list.replaceChildren();
    this.#plan();
  }

  /** It has come into sight: it begins at its end. */
  refresh(): void {
    this.#plan();
  }

  #draw(): void {
    if (this.#follows) this.#drawTail();
    this.#drawLatest();
  }

  #drawLatest(): void {
    const latest = this.#lines.at(-1);
    setText(this.#latest, latest ? `${latest.from}: ${latest.text}` : "Nothing yet.");
    this.#latest.classList.toggle("is-err", latest?.stream === "err");
  }

  #drawTail(): void {
    const { last } = this.#drawn;
    const lines = this.#lines.slice(-FOLLOWED_LINES);
    this.#list.append(...lines.filter(({ id }) => id > last).map(drawLine));
    while (this.#list.childElementCount > lines.length) this.#list.firstElementChild?.remove();
    this.#drawn = { first: lines[0]?.id ?? Infinity, last: lines.at(-1)?.id ?? -1 };
    this.#list.scrollTop = 1e7;
    this.#lastTop = this.#list.scrollTop;
  }

  /** Who scrolls up gets all that is kept, and it stands still until they come back to the end. */
  #noteScroll(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < 24;
    if (this.#follows && scrollTop < this.#lastTop && !isAtEnd) {
      this.#follows = false;
      const { first } = this.#drawn;
      this.#list.prepend(...this.#lines.filter(({ id }) => id < first).map(drawLine));
      this.#list.scrollTop += this.#list.scrollHeight - scrollHeight;
    } else if (!this.#follows && isAtEnd) {
      this.#follows = true;
      this.#plan();
    }
    this.#lastTop = this.#list.scrollTop;
  }
}

function drawLine({ from, stream, text }: LogLine): HTMLElement {
  const label = stream === "err" ? `${from}, error` : from;
  const kind = stream === "err" ? " is-err" : from === "lab" && CHAPTER.test(text) ? " is-chapter" : "";
  return h("li", { class: `from-${from}${kind}` }, h("span", { class: "lab-from" }, label), h("span", { class: "lab-text" }, text));
}
