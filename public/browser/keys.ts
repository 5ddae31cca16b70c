/** Where an arrow already means something: what is typed into, what scrolls, what has arrows of its own. */
const BUSY =
  "input, textarea, select, [contenteditable], pre, .table, [role=tab], [role=slider], [role=separator], [role=listbox], ws-lab, ws-frame, iframe, audio, video";

/** Makes ← and → lead to the previous and the next lesson. */
export function followArrows(): void {
  addEventListener("keydown", (event) => {
    const rel = event.key === "ArrowLeft" ? "prev" : event.key === "ArrowRight" ? "next" : undefined;
    if (rel === undefined || event.defaultPrevented) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target instanceof Element && event.target.closest(BUSY)) return;
    const link = document.querySelector<HTMLLinkElement>(`link[rel="${rel}"]`);
    if (link) location.assign(link.href);
  });
}
