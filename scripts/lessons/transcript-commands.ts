import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { typescriptCommand } from "../lib/processes.ts";
import type { LessonPorts } from "./transcript-ports.ts";

/** A program as it is started: no shell, no npm and no npx between us and it. */
export interface Command {
  /** As the lesson has it. */
  text: string;
  /** `undefined` if it is curl and this machine has none: then the block cannot be replayed. */
  program: string | undefined;
  args: string[];
  env: Record<string, string | undefined>;
  /** It talks to nobody but what it starts itself, so it does the same each time and everywhere. */
  isolated: boolean;
  /** It writes into the folder that COURSE_ROOT names, which must not be the real one. */
  writes: boolean;
}

export interface CommandContext {
  /** The repository, with its package.json. */
  root: string;
  ports: LessonPorts;
}

/** What our own surroundings would say to a program, and a reader's terminal would not. */
const OURS = new RegExp(
  "^(npm_.*|NODE_TEST_CONTEXT|NODE_OPTIONS|NO_COLOR|FORCE_COLOR|" +
    "PORT|ALLOWED_ORIGINS|MAX_MESSAGE_SIZE|CHECK_TIMEOUT|COURSE_ROOT|" +
    "HEARTBEAT_INTERVAL|HANDSHAKE_TIMEOUT|CLOSE_TIMEOUT|SHUTDOWN_TIMEOUT)$",
);

/**
 * Splits a command line into words. Quotes, single or double, keep words together, and a backslash
 * takes the next character as it is, except in single quotes. Nothing else of a shell exists here: what
 * one would act upon (`$x`, `|`, `>`, `;`, `&`, `*`, backticks) throws.
 */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  const token = /\s+|'([^']*)'|"((?:[^"\\$`]|\\.)*)"|\\(.)|([^\s'"\\$`|<>;&*()]+)|(.)/gsu;
  let word: string | undefined;
  for (const [all, single, double, escaped, plain, other] of text.trim().matchAll(token)) {
    if (other !== undefined) {
      throw new Error(`The replay has no shell, and ${other} in "${text}" asks for one.`);
    }
    const part = single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain;
    if (part !== undefined) word = (word ?? "") + part;
    else if (word !== undefined && /^\s+$/.test(all)) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** How the command of a lesson is started, with the replay's ports instead of the lesson's. */
export async function resolveCommand(text: string, context: CommandContext): Promise<Command> {
  const { ports } = context;
  const words = splitCommand(text);
  const env: Record<string, string | undefined> = neutralEnvironment();
  while (/^[A-Z_]+=/.test(words[0] ?? "")) {
    const [name = "", ...value] = (words.shift() ?? "").split("=");
    env[name] = await ports.inAssignment(name, value.join("="));
  }
  const [program, ...rest] = words;
  const args = await ports.inArguments(rest);
  const command = { text, args, env, isolated: false, writes: false };
  const serverEnv = { ...(await ports.serverEnvironment()), ...env };
  switch (program) {
    case undefined:
      throw new Error("There is no command behind the $.");
    case "npm":
      return npmCommand(command, context);
    case "npx": {
      if (args[0] !== "tsx") throw new Error(`The replay knows npx tsx, but not npx ${args[0]}.`);
      const [node, ...start] = typescriptCommand(args[1] ?? "");
      return { ...command, program: node, args: [...start, ...args.slice(2)], env: serverEnv };
    }
    case "node":
      return { ...command, program: process.execPath, env: serverEnv };
    default: {
      const found = findProgram(program);
      if (found === undefined && program !== "curl") {
        throw new Error(`There is no program "${program}" on this machine.`);
      }
      return { ...command, program: found, env: serverEnv };
    }
  }
}

/** Where the program stands in PATH. */
export function findProgram(name: string): string | undefined {
  const endings = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const places = folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending)));
  return places.find((place) => existsSync(place));
}

/** `npm run x a -- b` is what package.json says for x, and then a and b. */
async function npmCommand(
  command: Omit<Command, "program">,
  { root, ports }: CommandContext,
): Promise<Command> {
  const [first, ...others] = command.args;
  const isRun = first === "run" || first === "run-script";
  const name = isRun ? others.shift() : first;
  const script = scriptsOf(root)[name ?? ""];
  if (name === undefined || script === undefined) {
    throw new Error(`package.json has no script "${name}".`);
  }
  const [program = "", ...start] = splitCommand(script);
  const args = [...start, ...npmArguments(others)];
  // Checks find free ports for themselves; their server must not hear of ours.
  const own = name === "check" ? {} : await ports.serverEnvironment(name === "start" ? 3000 : 8000);
  return {
    ...command,
    program: program === "node" ? process.execPath : program,
    args,
    env: { ...own, ...command.env },
    isolated: name === "check",
    writes: name === "start",
  };
}

function npmArguments(args: string[]): string[] {
  const end = args.indexOf("--");
  const before = end === -1 ? args : args.slice(0, end);
  const taken = before.find((arg) => arg.startsWith("-"));
  if (taken !== undefined) {
    throw new Error(`npm takes ${taken} for itself: the lesson must put -- before it.`);
  }
  return end === -1 ? before : [...before, ...args.slice(end + 1)];
}

function scriptsOf(root: string): Record<string, string | undefined> {
  const text = readFileSync(join(root, "package.json"), "utf8");
  return (JSON.parse(text) as { scripts?: Record<string, string> }).scripts ?? {};
}

function neutralEnvironment(): Record<string, string | undefined> {
  const names = Object.keys(process.env).filter((name) => OURS.test(name));
  return {
    ...Object.fromEntries(names.map((name) => [name, undefined])),
    // What calls itself "node" in a lesson is the Node that runs us.
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  };
}
