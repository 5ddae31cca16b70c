import { diffWordsWithSpace } from "diff";
import { escapeHtml } from "../lib/html.ts";
import type { Step } from "../lib/steps.ts";
import { compareSteps, type FileChange } from "../lessons/compare-steps.ts";
import { highlight } from "./highlight.ts";

/** What a step changes in the code of the step before it, as HTML. */
export interface RenderedChanges {
  /** For the lesson: the files with their counts, and each file's diff if all of them are short. */
  summary: string;
  /** The body of `changes.html`: every diff, whole. */
  page: string;
  /** How many lines came and went, in all files. */
  size: { added: number; removed: number };
}

/** Up to this length, in characters, the diffs are part of the lesson's page. */
const INLINE_LIMIT = 24_000;
/** How many unchanged lines stand around a change. */
const CONTEXT = 3;
/** Fewer lines than that are not worth folding. */
const LEAST_FOLD = 4;
/** How many names a fold tells. */
const NAMES = 4;

/**
 * Renders the difference between the code of two steps, file by file. `link` gives the address of
 * the page that shows a file of `step`, as seen from the lesson and from `changes.html`, which stand
 * in one folder.
 */
export function renderChanges(
  previous: Step | undefined,
  step: Step,
  link: (file: string) => string | undefined,
): RenderedChanges {
  const changes = compareSteps(previous, step, { context: Number.MAX_SAFE_INTEGER });
  const size = {
    added: changes.reduce((sum, { added }) => sum + added, 0),
    removed: changes.reduce((sum, { removed }) => sum + removed, 0),
  };
  if (changes.length === 0) {
    const nothing = "<p>The code is that of the step before.</p>\n";
    return { summary: nothing, page: nothing, size };
  }
  const page = `<div class="diff">
${contents(changes, size)}
${changes.map((change) => renderFile(change, { open: true, withFolds: true, link })).join("\n")}
</div>
`;
  return { summary: summarise(changes, size, link), page, size };
}

function summarise(
  changes: FileChange[],
  size: RenderedChanges["size"],
  link: (file: string) => string | undefined,
): string {
  const whole = changes.map((change) => renderFile(change, { open: false, withFolds: false, link })).join("\n");
  const files =
    whole.length <= INLINE_LIMIT ? whole : changes.map((change) => renderPromise(change)).join("\n");
  return `<div class="diff">
<p class="diff-total">${total(changes, size)}. <a href="changes.html">The whole change on a page of its own</a></p>
${files}
</div>
`;
}

function contents(changes: FileChange[], size: RenderedChanges["size"]): string {
  const items = changes.map(
    (change) => `<li><a href="#${anchorOf(change.file)}">${escapeHtml(change.file)}</a> ${counts(change)}</li>`,
  );
  return `<nav class="diff-files" aria-label="Files that change">
<p class="diff-total">${total(changes, size)}</p>
<ul>
${items.join("\n")}
</ul>
</nav>`;
}

function total(changes: FileChange[], { added, removed }: RenderedChanges["size"]): string {
  const files = changes.length === 1 ? "1 file" : `${changes.length} files`;
  const gone = removed === 0 ? "" : `, ${lineCount(removed)} removed`;
  return `${files}, ${lineCount(added)} added${gone}`;
}

function lineCount(lines: number): string {
  return lines === 1 ? "1 line" : `${lines} lines`;
}

function counts({ status, added, removed }: FileChange): string {
  const came = status === "removed" ? "" : `<span class="added">+${added}<span class="unseen"> added</span></span>`;
  const went = status === "new" ? "" : `<span class="removed">−${removed}<span class="unseen"> removed</span></span>`;
  const mark = status === "changed" ? "" : `<span class="diff-status">${status}</span>`;
  return `<span class="diff-counts">${[mark, came, went].filter(Boolean).join(" ")}</span>`;
}

function anchorOf(file: string): string {
  return `diff-${file.replace(/[^\w.-]/g, "-")}`;
}

interface FileOptions {
  open: boolean;
  /** Whether unchanged passages can be unfolded; if not, they link to the file's page. */
  withFolds: boolean;
  link: (file: string) => string | undefined;
}

function renderFile(change: FileChange, { open, withFolds, link }: FileOptions): string {
  const { file, status } = change;
  const name = escapeHtml(file);
  const address = status === "removed" ? undefined : link(file);
  const wholeFile = address === undefined ? "" : `<p class="diff-whole"><a href="${escapeHtml(address)}">The whole ${status === "new" ? "" : "new "}file</a></p>`;
  const passages = passagesOf(linesOf(change)).map((passage) =>
    passage.folded ? fold(file, passage.lines, withFolds ? undefined : address ?? "") : table(file, passage.lines),
  );
  return `<details class="diff-file" id="${anchorOf(file)}"${open ? " open" : ""}>
${heading(change)}
${wholeFile}<div class="diff-box" tabindex="0" role="region" aria-label="Changes in ${name}"><div class="diff-lines">
${passages.join("\n")}
</div></div>
</details>`;
}

function heading(change: FileChange): string {
  return `<summary><span class="diff-name">${escapeHtml(change.file)}</span> ${counts(change)}</summary>`;
}

/** A file whose diff is fetched from `changes.html` when it is opened. */
function renderPromise(change: FileChange): string {
  const anchor = anchorOf(change.file);
  return `<details class="diff-file" id="${anchor}" data-from="changes.html#${anchor}">
${heading(change)}
<p class="diff-whole"><a href="changes.html#${anchor}">What changes in ${escapeHtml(change.file)}</a></p>
</details>`;
}

interface DiffLine {
  kind: "same" | "added" | "removed";
  /** Where it stands in the old and in the new file, from 1. */
  oldNumber: number | undefined;
  newNumber: number | undefined;
  text: string;
  /** The text, highlighted. */
  html: string;
}

function linesOf({ file, before, after, hunks }: FileChange): DiffLine[] {
  const oldHtml = highlightLines(before, file);
  const newHtml = highlightLines(after, file);
  const lines: DiffLine[] = [];
  let oldNumber = 0;
  let newNumber = 0;
  for (const line of hunks.flatMap((hunk) => hunk.lines)) {
    const text = line.slice(1);
    if (line.startsWith("-")) {
      oldNumber += 1;
      lines.push({ kind: "removed", oldNumber, newNumber: undefined, text, html: oldHtml[oldNumber - 1] ?? "" });
    } else if (line.startsWith("+")) {
      newNumber += 1;
      lines.push({ kind: "added", oldNumber: undefined, newNumber, text, html: newHtml[newNumber - 1] ?? "" });
    } else if (line.startsWith(" ")) {
      oldNumber += 1;
      newNumber += 1;
      lines.push({ kind: "same", oldNumber, newNumber, text, html: newHtml[newNumber - 1] ?? "" });
    }
  }
  markWords(lines);
  return lines;
}

/** A file's lines, highlighted as a whole, so that a comment may span several. */
function highlightLines(text: string, file: string): string[] {
  return highlight(text, file.slice(file.lastIndexOf(".") + 1)).split("\n");
}

/** Marks what differs between a removed line and the line that came in its place. */
function markWords(lines: DiffLine[]): void {
  for (let start = 0; start < lines.length; ) {
    const gone = runOf(lines, start, "removed");
    const come = runOf(lines, start + gone, "added");
    if (gone > 0 && gone === come) {
      for (let index = start; index < start + gone; index += 1) {
        const [old, now] = [lines[index], lines[index + gone]];
        if (old && now) markPair(old, now);
      }
    }
    start += Math.max(1, gone + come);
  }
}

function runOf(lines: DiffLine[], start: number, kind: DiffLine["kind"]): number {
  let length = 0;
  while (lines[start + length]?.kind === kind) length += 1;
  return length;
}

function markPair(old: DiffLine, now: DiffLine): void {
  const parts = diffWordsWithSpace(old.text, now.text);
  const shared = parts
    .filter(({ added, removed }) => !added && !removed)
    .reduce((sum, { value }) => sum + value.trim().length, 0);
  // Lines that share little are two lines, and marks in them would be noise.
  if (shared * 2 < Math.max(old.text.trim().length, now.text.trim().length)) return;
  old.html = markRanges(old.html, rangesOf(parts, "removed"));
  now.html = markRanges(now.html, rangesOf(parts, "added"));
}

type Range = [from: number, to: number];

function rangesOf(parts: ReturnType<typeof diffWordsWithSpace>, kind: "added" | "removed"): Range[] {
  const ranges: Range[] = [];
  let position = 0;
  for (const part of parts) {
    const other = kind === "added" ? part.removed : part.added;
    if (other) continue;
    if (part[kind]) ranges.push([position, position + part.value.length]);
    position += part.value.length;
  }
  return ranges;
}

/** Puts `<mark>` around ranges of a line's text, in its HTML. A mark never crosses a tag. */
export function markRanges(html: string, ranges: readonly Range[]): string {
  if (ranges.length === 0) return html;
  const isMarked = (position: number): boolean => ranges.some(([from, to]) => position >= from && position < to);
  let result = "";
  let position = 0;
  let open = false;
  const turn = (on: boolean): void => {
    if (on !== open) result += on ? "<mark>" : "</mark>";
    open = on;
  };
  for (const [token] of html.matchAll(/<[^>]*>|&\w+;|[^]/g)) {
    const isTag = token.length > 1 && token.startsWith("<");
    turn(!isTag && isMarked(position));
    result += token;
    if (!isTag) position += 1;
  }
  turn(false);
  return result;
}

interface Passage {
  folded: boolean;
  lines: DiffLine[];
}

/** Cuts a file into what is shown and what is folded: unchanged lines away from any change. */
function passagesOf(lines: DiffLine[]): Passage[] {
  const isNear = lines.map(() => false);
  lines.forEach(({ kind }, index) => {
    if (kind === "same") return;
    isNear.fill(true, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  });
  const passages: Passage[] = [];
  lines.forEach((line, index) => {
    const folded = !isNear[index];
    const last = passages.at(-1);
    if (last?.folded === folded) last.lines.push(line);
    else passages.push({ folded, lines: [line] });
  });
  return passages.reduce<Passage[]>((result, passage) => {
    const last = result.at(-1);
    const folded = passage.folded && passage.lines.length >= LEAST_FOLD;
    if (last && last.folded === folded) last.lines.push(...passage.lines);
    else result.push({ folded, lines: passage.lines });
    return result;
  }, []);
}

function fold(file: string, lines: DiffLine[], address: string | undefined): string {
  const label = `${lineCount(lines.length).replace(/ /, " unchanged ")}${namesIn(lines)}`;
  if (address === undefined) {
    return `<details class="fold"><summary>${label}</summary>\n${table(file, lines)}\n</details>`;
  }
  const line = lines[0]?.newNumber ?? 1;
  const text = address === "" ? label : `<a href="${escapeHtml(address)}#L${line}">${label}</a>`;
  return `<p class="fold">${text}</p>`;
}

/** The functions, classes and types that begin in these lines, as a hint at what is folded. */
function namesIn(lines: DiffLine[]): string {
  const names = lines.flatMap(({ text }) => {
    const [, top] = /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\*?|class|interface|type)\s+(\w+)/.exec(text) ?? [];
    const [, method] = /^ {2}(?:(?:static|async|get|set)\s+)*(#?\w+)\([^;]*\{$/.exec(text) ?? [];
    const name = top ?? method;
    return name === undefined || /^(?:if|for|while|switch|catch)$/.test(name) ? [] : [name];
  });
  if (names.length === 0) return "";
  const shown = names.slice(0, NAMES).map((name) => `<code>${escapeHtml(name)}</code>`).join(", ");
  return `: ${shown}${names.length > NAMES ? ` and ${names.length - NAMES} more` : ""}`;
}

const SIGNS = {
  same: "<td>",
  added: `<td>+<b>added</b>`,
  removed: `<td>−<b>removed</b>`,
};

/** Lines as a table: old number, new number, sign, code. Closing tags that HTML does not need are left out. */
function table(file: string, lines: DiffLine[]): string {
  const rows = lines.map(({ kind, oldNumber, newNumber, html }) => {
    const className = kind === "same" ? "" : ` class="${kind}"`;
    return `<tr${className}><td>${oldNumber ?? ""}<td>${newNumber ?? ""}${SIGNS[kind]}<td>${html}`;
  });
  const first = lines[0];
  const caption = `${escapeHtml(file)} from line ${first?.newNumber ?? first?.oldNumber ?? 1}`;
  return (
    `<table><caption>${caption}</caption><thead><tr><th scope="col">Old line<th scope="col">New line` +
    `<th scope="col">Change<th scope="col">Code</thead><tbody>\n${rows.join("\n")}\n</tbody></table>`
  );
}
