import type { LogLine } from "../../scripts/lab/messages.ts";
import { beforeNextPicture, h } from "./lab-dom.ts";

/** How many lines are kept. */
const KEPT_LINES = 500;
/** How many of them are drawn while the end is followed. */
const FOLLOWED_LINES = 60;

/** What the step's programs print. Follows the end unless somebody has scrolled up. */
export class LabLog {
  readonly element: HTMLElement;
  #list: HTMLElement;
  #lines: LogLine[] = [];
  /** The ids of the first and the last line that are drawn. */
  #drawn = { first: Infinity, last: -1 };
  #isPlanned = false;
  #follows = true;
  #lastTop = 0;

  constructor() {
    this.#list = h("ol", { class: "lab-lines", tabindex: "0", "aria-label": "What server and client print" });
    this.#list.addEventListener("scroll", () => this.#noteScroll(), { passive: true });
    const title = h("h3", {}, "Log");
    this.element = h("section", { class: "lab-log", "aria-label": "Log" }, h("div", { class: "lab-pane-bar" }, title), this.#list);
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
  }

  /** It has come into sight: it begins at its end. */
  refresh(): void {
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    beforeNextPicture(() => {
      this.#isPlanned = false;
      if (this.#follows) this.#drawTail();
    });
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
  return h("li", { class: `from-${from}${stream === "err" ? " is-err" : ""}` }, h("span", { class: "lab-from" }, label), h("span", { class: "lab-text" }, text));
}
