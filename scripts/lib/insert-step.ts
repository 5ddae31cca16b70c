import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./cli.ts";
import { walk } from "./files.ts";
import type { Step } from "./steps.ts";

/** Files in which step numbers are mended. */
const TEXT = /\.(md|ts|mjs|html|py)$/;

/** Moves the steps from `at` on, mends all texts, and makes the new step. */
export function insertStep(root: string, steps: readonly Step[], at: number, slug: string): void {
  const before = steps.find((step) => step.number === at - 1);
  if (before === undefined) throw new UsageError(`There is no step ${at - 1} to begin from.`);
  const moved = steps.filter((step) => step.number >= at);
  for (const step of [...moved].reverse()) {
    renameSync(step.folder, join(root, "steps", folderName(step.number + 1, step.slug)));
  }

  const files = walk(join(root, "steps")).map((file) => join("steps", file));
  for (const file of [...files, "README.md", "CONTRIBUTING.md", "scripts/lab/library.ts"]) {
    const path = join(root, file);
    if (!TEXT.test(file) || !existsSync(path)) continue;
    const text = readFileSync(path, "utf8");
    const mended = renumber(text, moved, at);
    if (mended !== text) writeFileSync(path, mended);
  }
  makeStep(root, before, moved[0], at, slug);
}

/** Raises by one what names a step from `at` on, by its folder, in a command or in prose. */
export function renumber(text: string, moved: readonly Pick<Step, "number" | "slug">[], at: number): string {
  const raise = (digits: string): string =>
    Number(digits) < at ? digits : String(Number(digits) + 1).padStart(digits.length, "0");
  const slugs = moved.map((step) => step.slug).join("|");
  return text
    .replace(new RegExp(`\\b(\\d\\d)([ -])(${slugs || "(?!)"})\\b`, "g"), (_, digits, gap, slug) => raise(digits) + gap + slug)
    .replace(/(?<!npm run )\b(steps? |lessons? )(\d\d?)((?:,| to| and| or) )?(\d\d)?\b(?!-)/gi, (_, word, first, gap = "", second = "") =>
      word + raise(first) + gap + (second && raise(second)))
    .replace(/^# (\d\d):/gm, (_, digits) => `# ${raise(digits)}:`)
    .replace(/\[(Previous|Next): (\d\d),/g, (_, word, digits) => `[${word}: ${raise(digits)},`)
    .replace(/\b(npm run (?:step|check|diff|propagate|practice))((?: (?:--|\d+))+)/g, (_, command, rest: string) =>
      command + raiseAll(rest, raise));
}

/** Raises the numbers of a command. Two neighbours, as in `diff 2 3`, stay neighbours. */
function raiseAll(numbers: string, raise: (digits: string) => string): string {
  const [, gap, first, second] = /^( (?:-- )?)(\d+) (\d+)$/.exec(numbers) ?? [];
  if (second === undefined || Number(second) !== Number(first) + 1) return numbers.replace(/\d+/g, raise);
  return `${gap}${Number(raise(second)) - 1} ${raise(second)}`;
}

function makeStep(root: string, before: Step, after: Step | undefined, at: number, slug: string): void {
  const folder = join(root, "steps", folderName(at, slug));
  cpSync(before.folder, folder, { recursive: true });
  for (const name of ["mistakes", "exercises"]) rmSync(join(folder, name), { recursive: true, force: true });
  for (const file of walk(folder)) {
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    const mended = text
      .replaceAll(`Step ${pad(before.number)}: ${before.slug}`, `Step ${pad(at)}: ${slug}`)
      .replace(`# Hints for step ${pad(before.number)}\n`, `# Hints for step ${pad(at)}\n`);
    writeFileSync(path, mended);
  }

  const title = slug.replaceAll("-", " ").replace(/^./, (letter) => letter.toUpperCase());
  const links = [`[Previous: ${link(before.number, before.title, before.slug)}`];
  if (after !== undefined) links.push(`[Next: ${link(at + 1, after.title, after.slug)}`);
  writeFileSync(join(folder, "README.md"), lessonStub(at, title, folderName(before.number, before.slug), links.join(" · ")));

  // The neighbours and the table lead to it.
  const own = link(at, title, slug);
  edit(join(before.folder, "README.md"), /\[Next: [^\]]*\]\([^)]*\)/, `[Next: ${own}`);
  if (after !== undefined) {
    edit(join(root, "steps", folderName(at + 1, after.slug), "README.md"), /\[Previous: [^\]]*\]\([^)]*\)/, `[Previous: ${own}`);
  }
  const row = `| [${pad(at)} ${slug}](steps/${folderName(at, slug)}/README.md) | ${title} | |\n`;
  edit(join(root, "README.md"), new RegExp(`^\\| \\[${pad(before.number)} .*\\n`, "m"), (line) => line + row);
}

function lessonStub(at: number, title: string, before: string, links: string): string {
  return `# ${pad(at)}: ${title}

The goal, in one sentence.

## The failing check

\`\`\`console checks
$ npm run check ${at} -- node --import tsx steps/${before}/server.ts
…
\`\`\`

## The change

## Run it

## Why

## What is still wrong

## Exercises

${links}
`;
}

function link(number: number, title: string, slug: string): string {
  const text = /^[A-Z][A-Z]/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
  return `${pad(number)}, ${text}](../${folderName(number, slug)}/README.md)`;
}

function edit(path: string, pattern: RegExp, replacement: string | ((found: string) => string)): void {
  const text = readFileSync(path, "utf8");
  const replace = typeof replacement === "string" ? () => replacement : replacement;
  writeFileSync(path, text.replace(pattern, (found) => replace(found)));
}

/** The name of a step's folder: `03-accept-key`. */
export function folderName(number: number, slug: string): string {
  return `${pad(number)}-${slug}`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
