import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CheckError } from "./checks/check-error.ts";
import { formatWrongByte } from "./checks/wrong-byte.ts";
import { paint } from "./lib/colours.ts";
import { parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { typescriptCommand } from "./lib/processes.ts";
import { findStep } from "./lib/steps.ts";

const USAGE = `
Usage: npm run check <step> [-- <command> ...]

Runs the checks of a step, against the step's own server or against yours, in any language:

  npm run check 3
  npm run check accept-key -- python3 my_server.py

Your command is started once, with the port that it must listen on in the environment variable
PORT. The checks talk TCP to that port and read what the command prints.

Options, before the command:
  --verbose        the bytes that went over the wire for every failed check, not for the first one only
  --timeout <ms>   how long an answer may take (default: 2000 milliseconds)
  --help           this text

The exit code is 0 if all checks passed, 1 if not, 2 if the arguments make no sense.
`;

/** So many failures are shown with their bytes; the first one is where to begin. */
const SHOWN_IN_FULL = 1;

await runMain(USAGE, main, { commandFollows: true });

async function main(args: string[]): Promise<number> {
  const { options, command: ownCommand } = splitCommand(args);
  const { values, positionals } = parseArguments(options, {
    verbose: { type: "boolean", default: false },
    timeout: { type: "string", default: process.env.CHECK_TIMEOUT ?? "2000" },
  });
  const [name, ...rest] = positionals;
  if (name === undefined) throw new UsageError("Which step? For example: npm run check 3. Try --help.");
  if (rest.length > 0) {
    throw new UsageError(`${rest[0]} is one argument too many. Your own command goes behind --, as in npm run check 3 -- node my-server.js.`);
  }
  if (!/^[1-9]\d*$/.test(values.timeout)) {
    throw new UsageError(`--timeout is "${values.timeout}", but it is a number of milliseconds above 0.`);
  }
  const step = findStep(name);
  const file = join(step.folder, "server.test.ts");
  if (!existsSync(file)) throw new UsageError(`Step ${step.name} has no checks.`);

  // The harness reads its patience when it is loaded.
  process.env.CHECK_TIMEOUT = values.timeout;
  const { collectChecks, runCheck } = await import("./checks/check.ts");
  const { requirements } = await import("./checks/requirements.ts");
  const { ServerUnderTest } = await import("./checks/server-under-test.ts");

  const command = ownCommand ?? typescriptCommand(join(step.folder, "server.ts"));
  const server = new ServerUnderTest(command);
  const checks = await collectChecks(pathToFileURL(file));
  const subject = ownCommand === undefined ? "the step's server.ts" : ownCommand.join(" ");
  console.log(`Step ${step.name}: ${plural(checks.length, "check")}, against ${subject}\n`);

  let failures = 0;
  let skipped = 0;
  try {
    // A command that does not come up fails every check in the same way: say it once.
    await server.ensureRunning();
    for (const check of checks) {
      if (check.skip) {
        skipped++;
        console.log(`- ${check.title}\n    Not tried: ${check.skip}.`);
        continue;
      }
      try {
        await runCheck(check, server);
        console.log(paint("green", `✔ ${check.title}`));
      } catch (error) {
        failures++;
        console.log(paint("red", `✖ ${check.title}`));
        const [message = "", ...details] = String((error as Error).message).split("\n");
        console.log(`    ${message}`);
        if (values.verbose || failures <= SHOWN_IN_FULL) {
          for (const line of details) console.log(`    ${line}`);
          const { wrongByte } = error instanceof CheckError ? error.evidence : {};
          if (wrongByte !== undefined) console.log(formatWrongByte(wrongByte).replace(/^/gm, "    "));
          for (const { source, text } of check.proves.map((id) => requirements[id])) {
            if (source !== "the course") console.log(`    ${source}: ${text}`);
          }
          console.log();
        }
      }
    }
  } catch (error) {
    console.log((error as Error).message);
    return 1;
  } finally {
    await server.stop();
  }

  const passed = checks.length - failures - skipped;
  console.log(`\n${passed} of ${plural(checks.length - skipped, "check")} passed.`);
  if (failures > SHOWN_IN_FULL && !values.verbose) {
    console.log("The bytes are shown for the first failure; with --verbose, for all of them.");
  }
  return failures === 0 ? 0 : 1;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Finds where the learner's own command begins: behind the first `--`, or, where npm has taken that
 * `--` for itself, behind the step and the options.
 */
function splitCommand(args: string[]): { options: string[]; command: string[] | undefined } {
  let i = 0;
  const skipOptions = () => {
    while (/^--./.test(args[i] ?? "")) i += args[i] === "--timeout" ? 2 : 1;
  };
  skipOptions();
  i++; // the step
  skipOptions();
  const options = args.slice(0, i);
  if (args[i] === "--") {
    if (i + 1 === args.length) throw new UsageError("There is no command behind the --.");
    return { options, command: args.slice(i + 1) };
  }
  return { options, command: i < args.length ? args.slice(i) : undefined };
}
