/**
 * Makes a step's page fit into the lab: little room, a heading that the lesson has already, and
 * a log that is followed to its end. The page is one of ours, from the same origin.
 */
export function adaptPage(frame: HTMLIFrameElement): void {
  const page = frame.contentDocument;
  if (!page) return;
  const style = page.createElement("style");
  style.textContent = STYLE;
  page.head.append(style);
  const log = page.getElementById("log");
  if (log?.parentElement) follow(log, log.parentElement);
}

/** The log takes what is left of the height, and scrolls in itself: what is pressed stays in sight. */
const STYLE = `
  html { font-size: 87.5%; height: 100%; scrollbar-width: thin; scrollbar-color: var(--quiet) transparent; }
  body { display: flex; flex-direction: column; gap: 0.4rem; max-width: none; height: 100%; padding: 0.5rem 1rem; line-height: 1.4; }
  h1, .note { display: none; }
  .card { flex: none; margin: 0; padding: 0.4rem 0.7rem; }
  .row { gap: 0.4rem 0.6rem; }
  button, input { padding: 0.2rem 0.6rem; }
  #state { padding-block: 0; }
  :has(> #log) { flex: 1 0 4.5rem; min-height: 0; overflow: auto; scrollbar-width: thin; scrollbar-color: var(--quiet) transparent; }
  :has(> #log) { height: 0; }
  #log li + li { margin-top: 0.15rem; padding-top: 0.15rem; }
  @media (max-width: 30rem) {
    body { padding-inline: 0.6rem; }
    #address { display: none; }
  }
`;

/** Shows the end of the log as it grows, unless somebody has scrolled up in it. */
function follow(log: HTMLElement, box: HTMLElement): void {
  let follows = true;
  const toEnd = (): void => {
    if (follows) box.scrollTop = box.scrollHeight;
  };
  box.addEventListener("scroll", () => {
    // Without a height it is out of sight, and nobody has scrolled.
    if (box.clientHeight > 0) follows = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  });
  new MutationObserver(toEnd).observe(log, { childList: true, subtree: true, characterData: true });
  new ResizeObserver(toEnd).observe(box);
  toEnd();
}
