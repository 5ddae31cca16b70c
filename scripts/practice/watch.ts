import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { watchFolder } from "../lib/watch.ts";
import type { PracticeFolder } from "./folder.ts";

/** Events get lost on network disks and in containers: so often we look for ourselves, in milliseconds. */
const POLL_INTERVAL = 300;
/** How long the files must stay as they are: an editor may save in several strokes. */
const QUIET_TIME = 25;

/**
 * Calls `onSave` with the names of the files whose content has changed, once for each save: a file
 * that is written twice, or replaced by another of the same content, is no change.
 */
export function watchFiles(folder: PracticeFolder, onSave: (names: string[]) => void): Watching {
  let known = contents(folder);
  let seen = fingerprint(folder);
  let isLooking = false;
  let isOver = false;

  const look = async (): Promise<void> => {
    if (isLooking || isOver) return;
    let now = fingerprint(folder);
    if (now === seen) return;
    isLooking = true;
    for (;;) {
      await sleep(QUIET_TIME);
      const later = fingerprint(folder);
      if (later === now) break;
      now = later;
    }
    isLooking = false;
    seen = now;
    const next = contents(folder);
    const changed = [...new Set([...known.keys(), ...next.keys()])].filter((name) => known.get(name) !== next.get(name));
    known = next;
    if (changed.length > 0 && !isOver) onSave(changed);
  };
  const sync = (): void => {
    seen = fingerprint(folder);
    known = contents(folder);
  };
  const timer = setInterval(() => void look(), POLL_INTERVAL);
  const unwatch = watchFolder(folder.path, () => void look(), 5);
  const end = (): void => {
    isOver = true;
    clearInterval(timer);
    unwatch();
  };
  return { sync, end };
}

export type Watching = {
  /** What has changed up to now is known, and no save. */
  sync: () => void;
  end: () => void;
};

/** What a look at the file system tells without reading. */
function fingerprint(folder: PracticeFolder): string {
  return folder
    .ownFiles()
    .map((name) => {
      const stat = statSync(join(folder.path, name), { throwIfNoEntry: false });
      return `${name} ${stat?.mtimeMs} ${stat?.size} ${stat?.ino}`;
    })
    .join("\n");
}

function contents(folder: PracticeFolder): Map<string, string> {
  const result = new Map<string, string>();
  for (const name of folder.ownFiles()) {
    try {
      result.set(name, createHash("sha256").update(readFileSync(join(folder.path, name))).digest("hex"));
    } catch {
      // It has just been replaced; the next look finds it.
    }
  }
  return result;
}
