import { readdirSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";

/**
 * Calls `onChange` after something below `folder` has changed and then stayed still for
 * `quiet` milliseconds. Returns a function that ends the watching.
 */
export function watchFolder(folder: string, onChange: () => void, quiet = 100): () => void {
  // One watcher a folder: recursive watching on Linux in Node 20 misses folders that come later
  // and throws when one goes away.
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;

  const drop = (path: string): void => {
    watchers.get(path)?.close();
    watchers.delete(path);
  };
  const add = (path: string): void => {
    if (!watchers.has(path)) {
      const watcher = watch(path, { persistent: true }, changed);
      watcher.on("error", () => drop(path));
      watchers.set(path, watcher);
    }
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory() && entry.name !== "node_modules") add(join(path, entry.name));
    }
  };
  const refresh = (): void => {
    // A folder that was replaced by one of the same name has a watcher that hears nothing more.
    for (const path of [...watchers.keys()]) drop(path);
    try {
      add(folder);
    } catch {
      // It vanished while we looked; its disappearance is a change that we hear about.
    }
  };
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      refresh();
      onChange();
    }, quiet);
  };

  refresh();
  return () => {
    clearTimeout(timer);
    for (const path of [...watchers.keys()]) drop(path);
  };
}
