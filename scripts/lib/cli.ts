import { parseArgs, type ParseArgsConfig } from "node:util";

/** The user asked for something that does not exist or makes no sense: one sentence, exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The request was fine but cannot be met, such as a busy port: one sentence, exit code 1. */
export class Failure extends Error {
  override name = "Failure";
}

export interface MainOptions {
  /** The second argument begins a command with options of its own; a `--help` after it is not ours. */
  commandFollows?: boolean;
}

/**
 * Runs a command's `main` with the arguments of this process. The number that it returns becomes
 * the exit code. `--help` prints `usage` instead; errors become one sentence on stderr, and only
 * an error that nobody foresaw shows its stack.
 */
export async function runMain(
  usage: string,
  main: (args: string[]) => Promise<number | void> | number | void,
  { commandFollows = false }: MainOptions = {},
): Promise<void> {
  // `npm run diff 2 3 | head` closes the pipe early, which is no error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });

  const args = process.argv.slice(2);
  if (asksForHelp(commandFollows ? args.slice(0, 2) : args)) {
    process.stdout.write(`${usage.trim()}\n`);
    return;
  }
  try {
    const code = await main(args);
    if (typeof code === "number") process.exitCode = code;
  } catch (error) {
    if (error instanceof UsageError || error instanceof Failure) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = error instanceof UsageError ? 2 : 1;
    } else {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}

function asksForHelp(args: string[]): boolean {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

type OptionsConfig = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends OptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>;

/**
 * `util.parseArgs` whose complaints are {@link UsageError}s of one sentence. It also notices
 * options that npm took for itself because the `--` before them was forgotten.
 */
export function parseArguments<O extends OptionsConfig>(args: string[], options: O): Parsed<O> {
  for (const name of Object.keys(options)) {
    if (process.env[`npm_config_${name.replaceAll("-", "_")}`] === undefined) continue;
    if (args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))) continue;
    throw new UsageError(
      `npm took --${name} for itself: put -- before it, as in ` +
        `npm run ${process.env["npm_lifecycle_event"] ?? "command"} -- ... --${name}.`,
    );
  }
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("ERR_PARSE_ARGS_")) throw error;
    const [sentence] = (error as Error).message.split(/\. |\n/);
    throw new UsageError(`${sentence?.replace(/\.$/, "")}. Try --help.`);
  }
}
