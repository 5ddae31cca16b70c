import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { Failure } from "../lib/cli.ts";
import { isRunning } from "../lib/processes.ts";

/**
 * Makes this process the only one that works in a practice folder; returns what ends that. A lock
 * whose process was killed is nobody's any more.
 */
export function takeLock(file: string): () => void {
  for (const isLastTry of [false, true]) {
    try {
      const handle = openSync(file, "wx");
      writeSync(handle, String(process.pid));
      closeSync(handle);
      const release = (): void => rmSync(file, { force: true });
      // Not in a finally block alone: Ctrl-C leaves through process.exit.
      process.once("exit", release);
      return release;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = ownerOf(file);
      if (owner !== undefined && isRunning(owner)) {
        throw new Failure(`A practice runs already (process ${owner}): go on in its terminal, or end it there with q.`);
      }
      if (isLastTry) throw new Failure(`Another practice is just starting; if there is none, delete ${file}.`);
      rmSync(file, { force: true });
    }
  }
  throw new Error("unreachable");
}

function ownerOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
