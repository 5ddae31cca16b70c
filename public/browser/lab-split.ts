import { h, recall, remember } from "./lab-dom.ts";

export interface SplitOptions {
  /** What it moves, for those who cannot see it. */
  label: string;
  /** `vertical` is a line from top to bottom, which moves sideways. */
  orientation: "vertical" | "horizontal";
  /** The CSS variable that it sets, in percent of `of`. */
  variable: string;
  /** Sets the variable on this element. */
  on: HTMLElement;
  /** The box that the percents are of. */
  of: () => DOMRect;
  /** Percent from the end (right or bottom), not from the beginning. */
  fromEnd?: boolean;
  start: number;
  min: number;
  max: number;
}

/** A border that can be dragged, or moved with the arrow keys. Keeps its place for the next page. */
export function split(options: SplitOptions): HTMLElement {
  const { label, orientation, variable, on, min, max } = options;
  const key = `lab${variable}`;
  let value = Number(recall(key) ?? options.start) || options.start;
  const element = h("div", {
    class: `lab-split ${orientation}`,
    role: "separator",
    tabindex: "0",
    "aria-label": label,
    "aria-orientation": orientation,
    "aria-valuemin": String(min),
    "aria-valuemax": String(max),
  });
  const set = (wanted: number): void => {
    value = Math.round(Math.min(max, Math.max(min, wanted)) * 10) / 10;
    on.style.setProperty(variable, String(value));
    element.setAttribute("aria-valuenow", String(Math.round(value)));
  };
  set(value);

  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    // An iframe below the pointer would swallow what follows.
    document.body.classList.add("lab-dragging");
  });
  element.addEventListener("pointermove", (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const box = options.of();
    const share = orientation === "vertical" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
    set(100 * (options.fromEnd ? 1 - share : share));
  });
  const end = (): void => {
    document.body.classList.remove("lab-dragging");
    remember(key, String(value));
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
  element.addEventListener("keydown", (event) => {
    const sign = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (sign === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(value + 4 * sign * (options.fromEnd ? -1 : 1));
    remember(key, String(value));
  });
  element.addEventListener("dblclick", () => {
    set(options.start);
    remember(key, String(value));
  });
  return element;
}
