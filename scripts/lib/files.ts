import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface WalkOptions {
  /** Names of folders that are passed over, in addition to `node_modules` and hidden ones. */
  except?: string[];
  /** Pass over nothing, not even hidden files. */
  all?: boolean;
}

/** The files below `folder`, as sorted relative paths with slashes on every system. */
export function walk(folder: string, { except = [], all = false }: WalkOptions = {}): string[] {
  if (!existsSync(folder)) return [];
  const passedOver = new Set(["node_modules", "__pycache__", ...except]);
  const files: string[] = [];
  const visit = (path: string, prefix: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (!all && (entry.name.startsWith(".") || (entry.isDirectory() && passedOver.has(entry.name)))) {
        continue;
      }
      if (entry.isDirectory()) visit(join(path, entry.name), `${prefix}${entry.name}/`);
      else if (entry.isFile()) files.push(prefix + entry.name);
    }
  };
  visit(folder, "");
  // By code unit, not by locale: the same order everywhere.
  return files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
