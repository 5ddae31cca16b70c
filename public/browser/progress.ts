/** Which lessons have been read: what is kept, and what follows from it. No storage and no page. */

/** What is kept. */
export interface Progress {
  /** The day on which each lesson was read, as an ISO date, by the slug of its step. */
  done: Record<string, string>;
  /** The slug of the lesson that was opened last. */
  last?: string;
}

/** Takes what was kept apart. Whoever wrote it: what makes no sense is left out. */
export function parseProgress(text: string | null): Progress {
  const progress: Progress = { done: {} };
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "null");
  } catch {
    return progress;
  }
  if (typeof kept !== "object" || kept === null) return progress;
  const { done, last } = kept as Record<string, unknown>;
  if (typeof last === "string") progress.last = last;
  if (typeof done !== "object" || done === null) return progress;
  for (const [slug, date] of Object.entries(done)) {
    if (typeof date === "string") progress.done[slug] = date;
  }
  return progress;
}

/**
 * Where to go on among the steps, by their slugs: the lesson opened last, or if that has been read,
 * the next unread one behind it, or the first unread one. `undefined` if all have been read.
 */
export function whereToGoOn(slugs: readonly string[], { done, last }: Progress): string | undefined {
  const start = last === undefined ? -1 : slugs.indexOf(last);
  const isOpen = (slug: string): boolean => !Object.hasOwn(done, slug);
  return slugs.slice(Math.max(start, 0)).find(isOpen) ?? slugs.find(isOpen);
}
