import type { Direction, Rechunk } from "../../scripts/lab/messages.ts";
import { button, h, setText } from "./lab-dom.ts";

const MODES: Readonly<Record<Rechunk, { label: string; effect: string }>> = {
  "as-is": { label: "as they come", effect: "" },
  bytes: { label: "byte by byte", effect: "Each byte is a chunk of its own: a parser that expects a whole frame in a chunk breaks." },
  gather: { label: "once a second", effect: "All that comes within a second passes as one chunk: several frames arrive together." },
  delay: { label: "delayed", effect: "Every chunk passes half a second later: what is sent on the way crosses what is answered." },
};

/** What a step shows if the stream is cut otherwise, by its slug. */
const HINTS: Readonly<Record<string, string>> = {
  "payload-lengths":
    "Try, to the server: once a second, with three quick Sends. Only one comes back.",
  "byte-stream":
    "Try, to the server: byte by byte; or once a second, with quick Sends. Nothing is lost.",
};

/** Switches that change how the tap passes bytes on. They fold away, unless they have something to say. */
export class RechunkControls {
  readonly element: HTMLElement;
  readonly toggle = button("Chunks", () => this.#fold(!this.element.hidden), { class: "lab-fold", title: "Change how chunks pass" });
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
    this.#fold(hint === undefined || !matchMedia("(min-width: 40rem)").matches);
    this.set({ "to-server": "as-is", "to-client": "as-is" });
  }

  #fold(isFolded: boolean): void {
    this.element.hidden = isFolded;
    this.toggle.setAttribute("aria-expanded", String(!isFolded));
  }

  /** Shows what holds now; another page may have changed it. */
  set(modes: Record<Direction, Rechunk>): void {
    for (const [direction, choice] of this.#choices) {
      if (choice.value !== modes[direction]) choice.value = modes[direction];
    }
    const effects = new Set([modes["to-server"], modes["to-client"]].map((mode) => MODES[mode].effect));
    setText(this.#effect, [...effects].filter((effect) => effect !== "").join(" "));
    this.#effect.hidden = this.#effect.textContent === "";
    const isChanged = !this.#effect.hidden;
    this.element.classList.toggle("is-changed", isChanged);
    this.toggle.classList.toggle("is-changed", isChanged);
    if (isChanged) this.#fold(false);
  }

  /** Without a lab, there is nothing to cut. */
  enable(isPossible: boolean): void {
    for (const choice of this.#choices.values()) choice.disabled = !isPossible;
  }
}
