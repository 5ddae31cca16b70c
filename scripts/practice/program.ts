import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { context, type BuildContext, type BuildFailure, type Message } from "esbuild";
import { splitCommandLine } from "../lib/command-line.ts";

/** What the checks start if it is not a command of the learner's own; the first one that is there. */
const ENTRIES = ["server.ts", "server.mts", "server.js", "server.mjs"];
/** Beside the source, so that what it reads relative to itself is found. */
const BUILT = ".server.mjs";

/** A command that is ready to run, or why there is none. */
export type Prepared = { command: readonly string[] } | { problem: string };

/** The learner's server as something that can be started. */
export interface Program {
  /** As one would type it. */
  readonly name: string;
  /** How long it may take until it listens, in milliseconds. */
  readonly startTime: number;
  /** Brings it up to date with the files. */
  prepare(): Promise<Prepared>;
  close(): Promise<void>;
}

/** A command in whatever language. It runs in the folder of the learner's files. */
export function commandProgram(text: string): Program {
  const command = splitCommandLine(text);
  return {
    name: text,
    startTime: 30_000,
    prepare: () => Promise.resolve({ command }),
    close: () => Promise.resolve(),
  };
}

/**
 * The learner's `server.ts`, bundled before each start: that takes milliseconds, where a loader in
 * the server's own process takes half a second. It also finds out at once what can never run.
 */
export function typescriptProgram(folder: string): Program {
  let build: { entry: string; context: BuildContext } | undefined;
  return {
    name: "server.ts",
    startTime: 3_000,
    async prepare() {
      const entry = ENTRIES.find((name) => existsSync(join(folder, name)));
      if (entry === undefined) return { problem: "There is no server.ts: it is the program that the checks start." };
      if (build?.entry !== entry) {
        await build?.context.dispose();
        build = { entry, context: await bundle(folder, entry) };
      }
      try {
        await build.context.rebuild();
      } catch (error) {
        const { errors } = error as BuildFailure;
        if (!Array.isArray(errors)) throw error;
        return { problem: `The program cannot be read.\n${errors.slice(0, 3).map(describe).join("\n")}` };
      }
      return { command: [process.execPath, "--enable-source-maps", "--import", withParent, join(folder, BUILT)] };
    },
    async close() {
      await build?.context.dispose();
      rmSync(join(folder, BUILT), { force: true });
    },
  };
}

/** `server.ts:3:29: Could not resolve "./frame.ts"`, the line, and where in it. */
function describe({ text, location }: Message): string {
  if (location === null) return text;
  const { file, line, column, length, lineText } = location;
  const mark = `${" ".repeat(column)}${"^".repeat(Math.max(1, Math.min(length, lineText.length - column)))}`;
  return `${file}:${line}:${column + 1}: ${text}\n  ${lineText}\n  ${mark}`;
}

function bundle(folder: string, entry: string): Promise<BuildContext> {
  return context({
    absWorkingDir: folder,
    entryPoints: [entry],
    outfile: BUILT,
    bundle: true,
    platform: "node",
    packages: "external",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "silent",
    // What the folders above say is for the course; a learner's mistake is not to be repaired by it.
    tsconfigRaw: {},
  });
}

const withParent = new URL("end-with-us.mjs", import.meta.url).href;
