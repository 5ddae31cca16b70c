import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../lib/cli.ts";
import { courseRoot } from "../lib/root.ts";
import type { Files } from "./files.ts";
import { firstMarker } from "./merge.ts";
import {
  decodeFiles,
  forgetState,
  isUntouchedSince,
  loadState,
  restoreOriginals,
  type RunState,
} from "./state.ts";

/** The command that takes a run back. */
export const ABORT = "npm run propagate -- --abort";
/** The command that goes on after a conflict. */
export const CONTINUE = "npm run propagate -- --continue";

/** Throws a {@link Failure} if another run has not come to its end. */
export function refuseSecondRun(): void {
  const state = loadState();
  if (!state || state.phase === "finished") return;
  throw new Failure(
    state.phase === "writing"
      ? interrupted(state)
      : `A run for step ${state.step} is in progress, stopped at ${state.at}: ` +
          `go on with ${CONTINUE}, or end it with ${ABORT}.`,
  );
}

/**
 * The run that is stopped at a conflict, and the carried files of its step as they were. Throws a
 * {@link Failure} if there is no such run, or if a conflict marker is left.
 */
export function resolvedRun(): { state: RunState; at: string; before: Files } {
  const state = loadState();
  if (!state || state.phase === "finished") {
    throw new Failure("No run is in progress, so there is nothing to continue.");
  }
  if (state.phase === "writing" || state.at === undefined) throw new Failure(interrupted(state));
  const before = decodeFiles(state.before);
  for (const { file } of state.conflicts) {
    const marker = markerIn(`steps/${state.at}/${file}`, before.get(file)?.data);
    if (!marker) continue;
    throw new Failure(`${marker} still has a conflict marker: resolve the conflict, then continue.`);
  }
  return { state, at: state.at, before };
}

function interrupted(state: RunState): string {
  return `A run for step ${state.step} was interrupted at ${state.at}: take it back with ${ABORT}.`;
}

/** Where the first conflict marker of a file is, as `path:line`. */
function markerIn(path: string, before: Buffer | undefined): string | undefined {
  const absolute = join(courseRoot, path);
  if (!existsSync(absolute)) return undefined;
  const line = firstMarker(readFileSync(absolute, "latin1"), before?.toString("latin1") ?? "");
  return line === undefined ? undefined : `${path}:${line}`;
}

/** `--abort`: puts back what the run has changed, and forgets the run. */
export function abortRun(): number {
  const state = loadState();
  if (!state) throw new Failure("No run is in progress, so there is nothing to abort.");
  if (state.phase === "finished" && !isUntouchedSince(state)) {
    throw new Failure(
      `The last run, for step ${state.step}, is over, and its files or HEAD have changed since: ` +
        "use git to take it back.",
    );
  }
  const paths = restoreOriginals(state);
  forgetState();
  for (const path of paths) console.log(`  ${path}`);
  const files = paths.length === 1 ? "1 file is" : `${paths.length} files are`;
  console.log(`${files} as before the run. Your edit of step ${state.step} is kept.`);
  return 0;
}

/** `--status`: says whether a run is in progress, and what is still to be resolved. */
export function printStatus(): number {
  const state = loadState();
  if (!state || (state.phase === "finished" && !isUntouchedSince(state))) {
    console.log("No run is in progress.");
  } else if (state.phase === "finished") {
    console.log(
      `No run is in progress. The last one, for step ${state.step}, can be taken back: ${ABORT}.`,
    );
  } else if (state.phase === "writing") {
    console.log(interrupted(state));
  } else {
    console.log(`A run for step ${state.step} is stopped at ${state.at}:`);
    const before = decodeFiles(state.before);
    for (const { file, reason } of state.conflicts) {
      const path = `steps/${state.at}/${file}`;
      const marker = markerIn(path, before.get(file)?.data);
      if (reason !== "lines") console.log(`  ${path}: ${reason}`);
      else console.log(marker ? `  ${marker} has a conflict marker` : `  ${path} has no marker left`);
    }
    console.log(`Go on with ${CONTINUE}, or take everything back with ${ABORT}.`);
  }
  return 0;
}
