/** What scripts add to a diff: side by side where there is room, and files fetched when they are opened. */

const LAYOUT_KEY = "diff-layout";

type Layout = "unified" | "side";

/** Enhances every diff of the page; does nothing on a page without one. */
export function enhanceDiffs(): void {
  for (const file of document.querySelectorAll<HTMLDetailsElement>("details.diff-file[data-from]")) {
    file.addEventListener("toggle", () => void fill(file), { once: true });
  }
  if (document.querySelector("main.changes .diff")) offerLayouts();
  openTarget();
  addEventListener("hashchange", openTarget);
}

/** Puts a file's diff, which stands in `changes.html`, into the lesson. On failure its link remains. */
async function fill(file: HTMLDetailsElement): Promise<void> {
  const [address = "", id = ""] = (file.dataset["from"] ?? "").split("#");
  const found = (await load(address))?.getElementById(id);
  if (!found) return;
  const [, ...parts] = found.children;
  const [summary] = file.children;
  if (summary) file.replaceChildren(summary, ...parts.map((part) => document.importNode(part, true)));
}

const pages = new Map<string, Promise<Document | undefined>>();

function load(address: string): Promise<Document | undefined> {
  const known = pages.get(address);
  if (known) return known;
  const page = fetchPage(address);
  pages.set(address, page);
  return page;
}

async function fetchPage(address: string): Promise<Document | undefined> {
  try {
    const response = await fetch(address);
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : undefined;
  } catch {
    return undefined;
  }
}

/** A link to a file opens it. */
function openTarget(): void {
  const target = location.hash.startsWith("#diff-") ? document.getElementById(location.hash.slice(1)) : null;
  if (target instanceof HTMLDetailsElement) target.open = true;
}

function offerLayouts(): void {
  const wide = matchMedia("(min-width: 60rem)");
  let wanted: Layout = remembered();
  const buttons = (["unified", "side"] as const).map((layout) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = layout === "side" ? "Side by side" : "Unified";
    button.addEventListener("click", () => {
      wanted = layout;
      remember(layout);
      show();
    });
    return { layout, button };
  });
  const show = (): void => {
    const layout = wide.matches ? wanted : "unified";
    for (const { layout: own, button } of buttons) button.setAttribute("aria-pressed", String(own === layout));
    for (const lines of document.querySelectorAll<HTMLElement>(".diff-lines")) layOut(lines, layout);
  };
  const group = document.createElement("div");
  group.className = "diff-layout";
  group.role = "group";
  group.ariaLabel = "Layout";
  group.append(...buttons.map(({ button }) => button));
  document.querySelector(".diff-files")?.after(group);
  wide.addEventListener("change", show);
  show();
}

/** The unified rows of a table that shows two columns now. */
const unified = new WeakMap<HTMLTableElement, { head: string; rows: HTMLTableRowElement[] }>();

function layOut(lines: HTMLElement, layout: Layout): void {
  if (lines.classList.contains("side") === (layout === "side")) return;
  lines.classList.toggle("side", layout === "side");
  for (const table of lines.querySelectorAll("table")) {
    const [head, body] = [table.tHead, table.tBodies[0]];
    if (!head || !body) continue;
    const kept = unified.get(table);
    if (layout === "unified" && kept) {
      head.innerHTML = kept.head;
      body.replaceChildren(...kept.rows);
    } else if (layout === "side") {
      const rows = [...body.rows];
      unified.set(table, { head: head.innerHTML, rows });
      const titles = ["Old line", "Old code", "New line", "New code"];
      head.innerHTML = `<tr>${titles.map((title) => `<th scope="col">${title}</th>`).join("")}</tr>`;
      body.replaceChildren(...sideBySide(rows));
    }
  }
}

/** Each removed line beside the added one that came in its place. */
function sideBySide(rows: readonly HTMLTableRowElement[]): HTMLTableRowElement[] {
  const result: HTMLTableRowElement[] = [];
  let gone: HTMLTableRowElement[] = [];
  let come: HTMLTableRowElement[] = [];
  const flush = (): void => {
    for (let index = 0; index < Math.max(gone.length, come.length); index += 1) {
      result.push(pair(gone[index], come[index]));
    }
    gone = [];
    come = [];
  };
  for (const row of rows) {
    if (row.classList.contains("removed")) {
      if (come.length > 0) flush();
      gone.push(row);
    } else if (row.classList.contains("added")) come.push(row);
    else {
      flush();
      result.push(pair(row, row));
    }
  }
  flush();
  return result;
}

function pair(old: HTMLTableRowElement | undefined, now: HTMLTableRowElement | undefined): HTMLTableRowElement {
  const row = document.createElement("tr");
  row.append(...half(old, 0), ...half(now, 1));
  return row;
}

/** Number and code of a unified row, which has old number, new number, sign and code. */
function half(row: HTMLTableRowElement | undefined, number: 0 | 1): HTMLTableCellElement[] {
  const cells = [document.createElement("td"), document.createElement("td")];
  const [first, second] = cells;
  if (!first || !second) return cells;
  if (!row) {
    for (const cell of cells) cell.className = "none";
    return cells;
  }
  first.textContent = row.cells[number]?.textContent ?? "";
  // Copies, so that the unified rows remain as they are.
  second.append(...[...(row.cells[3]?.childNodes ?? [])].map((node) => node.cloneNode(true)));
  const word = row.cells[2]?.querySelector("b");
  if (word) first.append(word.cloneNode(true));
  for (const cell of cells) cell.className = row.className;
  return cells;
}

function remembered(): Layout {
  try {
    return localStorage.getItem(LAYOUT_KEY) === "side" ? "side" : "unified";
  } catch {
    return "unified";
  }
}

function remember(layout: Layout): void {
  try {
    localStorage.setItem(LAYOUT_KEY, layout);
  } catch {
    // Without storage it holds for this page.
  }
}
