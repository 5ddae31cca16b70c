/** Where an arrow already means something: what is typed into, what scrolls, what has arrows of its own. */
const BUSY =
  "input, textarea, select, [contenteditable], pre, .table, [role=tab], [role=slider], [role=separator], [role=listbox], ws-frame, iframe, audio, video";

/** In the lab, only its buttons and links leave the arrows alone. */
function isBusy(target: Element): boolean {
  if (target.closest(BUSY)) return true;
  return target.closest("ws-lab") !== null && target.closest("button:not(.wire-row), a, summary") === null;
}

/** Says which key leads where, beside the links at the end of a lesson. */
function announceKeys(): void {
  for (const [rel, key, sign] of [["prev", "ArrowLeft", "←"], ["next", "ArrowRight", "→"]] as const) {
    const link = document.querySelector(`#end a[rel="${rel}"]`);
    if (!link) continue;
    link.setAttribute("aria-keyshortcuts", key);
    const hint = document.createElement("kbd");
    hint.textContent = sign;
    hint.title = `The key ${sign} leads there, too`;
    hint.ariaHidden = "true";
    const label = link.querySelector(".quiet");
    if (rel === "prev") label?.prepend(hint, " ");
    else label?.append(" ", hint);
  }
}

/** Makes ← and → lead to the previous and the next lesson. */
export function followArrows(): void {
  announceKeys();
  addEventListener("keydown", (event) => {
    const rel = event.key === "ArrowLeft" ? "prev" : event.key === "ArrowRight" ? "next" : undefined;
    if (rel === undefined || event.defaultPrevented) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target instanceof Element && isBusy(event.target)) return;
    const link = document.querySelector<HTMLLinkElement>(`link[rel="${rel}"]`);
    if (link) location.assign(link.href);
  });
}
