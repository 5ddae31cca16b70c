import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./cli.ts";
import { courseRoot } from "./root.ts";

export interface Step {
  number: number;
  /** The stable name, `accept-key`: what URLs and links use. */
  slug: string;
  /** The folder's name, `03-accept-key`. */
  name: string;
  /** The folder's absolute path. */
  folder: string;
  /** The lesson's heading without its number. */
  title: string;
  /** The lesson's first paragraph, on one line, as Markdown. */
  summary: string;
}

export const stepsFolder: string = join(courseRoot, "steps");

/** All steps below `folder`, by number. Other folders are passed over. */
export function listSteps(folder: string = stepsFolder): Step[] {
  if (!existsSync(folder)) return [];
  const steps: Step[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const [, number, slug] = /^(\d+)-([a-z0-9-]+)$/.exec(entry.name) ?? [];
    if (!entry.isDirectory() || number === undefined || slug === undefined) continue;
    const path = join(folder, entry.name);
    const lesson = join(path, "README.md");
    const text = existsSync(lesson) ? readFileSync(lesson, "utf8") : "";
    steps.push({ number: Number(number), slug, name: entry.name, folder: path, ...heading(text, slug) });
  }
  return steps.sort((a, b) => a.number - b.number);
}

/**
 * The step that `argument` means: `3`, `03`, `accept-key`, `03-accept-key` or `steps/03-accept-key/`.
 * Throws a {@link UsageError} if there is none.
 */
export function findStep(argument: string, steps: Step[] = listSteps()): Step {
  const wanted = argument.replaceAll("\\", "/").replace(/\/+$/, "").replace(/^.*\//, "");
  const found = steps.find((step) =>
    /^\d+$/.test(wanted)
      ? step.number === Number(wanted)
      : step.slug === wanted || step.name === wanted,
  );
  if (found) return found;
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !last) throw new UsageError(`There is no step ${argument}: there are no steps yet.`);
  const range =
    first === last ? `only step is ${first.number}` : `steps are ${first.number} to ${last.number}`;
  const slugs = steps.map((step) => step.slug).join(", ");
  throw new UsageError(`There is no step ${argument}: the ${range} (${slugs}).`);
}

function heading(lesson: string, slug: string): Pick<Step, "title" | "summary"> {
  const [first = "", ...rest] = lesson.trim().split(/\r?\n/);
  const title = /^#\s+(?:(?:step\s+)?\d+\s*[:.)–—-]?\s*)?(.+)$/i.exec(first)?.[1]?.trim();
  const [paragraph = ""] = rest.join("\n").trim().split(/\n\s*\n/);
  return {
    title: title ?? slug.replaceAll("-", " "),
    summary: paragraph.replace(/\s+/g, " ").trim(),
  };
}
