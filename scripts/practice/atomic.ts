import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How often a rename is tried: on Windows, whoever reads the old file at that moment forbids it. */
const TRIES = 5;

/**
 * Writes a file whole or not at all: whoever is killed in between, or reads meanwhile, finds the old
 * content or the new one.
 */
export async function writeWhole(path: string, content: string): Promise<void> {
  const next = `${path}.${process.pid}.tmp`;
  const file = openSync(next, "w");
  try {
    writeSync(file, content);
    // A name must not outlive a loss of power without its content.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return renameSync(next, path);
    } catch (error) {
      if (tries === TRIES) {
        rmSync(next, { force: true });
        throw error;
      }
      await sleep(20 * tries);
    }
  }
}
