import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Failure, parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { hasIPv6Loopback, isPortBusy, parsePort } from "./lib/ports.ts";
import { exitCode, startProcess } from "./lib/processes.ts";
import { courseRoot } from "./lib/root.ts";
import { watchFolder } from "./lib/watch.ts";
import { buildSite } from "./site/build.ts";

const usage = `
Usage: npm start [-- --port <port>]

Builds the course's site into public/, serves it on this machine only, and rebuilds it when a
lesson or a client page changes. Ctrl-C stops it.

Options:
  --port <port>  the port to listen on (default: the environment variable PORT, or 3000)
  --help         this text
`;

const root = courseRoot;
const out = join(root, "public");

await runMain(usage, async (args) => {
  const { values, positionals } = parseArguments(args, { port: { type: "string" } });
  if (positionals.length > 0) throw new UsageError(`npm start takes no argument "${positionals[0]}".`);
  const port =
    values.port !== undefined
      ? parsePort(values.port, "--port")
      : parsePort(process.env["PORT"] || "3000", "PORT");
  if (await isPortBusy(port)) throw new Failure(busy(port));

  mkdirSync(out, { recursive: true });
  build();
  const server = await serve(port);
  console.log(`The course is at http://localhost:${port} (Ctrl-C stops it)`);
  watchFolder(join(root, "steps"), rebuild);

  const code = await exitCode(server);
  throw new Failure(`The web server ended by itself, with exit code ${code}.`);
});

function busy(port: number): string {
  const other = port === 3000 ? 3001 : 3000;
  return (
    `Port ${port} is busy: stop the program that uses it, or choose another port with ` +
    `npm start -- --port ${other} (the servers from step 04 on accept pages from port 3000 only, ` +
    "unless ALLOWED_ORIGINS names another origin)."
  );
}

function build(): void {
  for (const problem of buildSite({ root, out }).problems) console.error(problem);
}

function rebuild(): void {
  try {
    build();
  } catch (error) {
    // A file can vanish between the look and the read; the next change builds again.
    console.error(`The site could not be rebuilt: ${error instanceof Error ? error.message : error}`);
  }
}

/** Starts `serve` and waits until it listens on every loopback address. */
async function serve(port: number): Promise<ReturnType<typeof startProcess>> {
  const hosts = (await hasIPv6Loopback()) ? ["127.0.0.1", "[::1]"] : ["127.0.0.1"];
  const server = startProcess(
    process.execPath,
    [
      fileURLToPath(import.meta.resolve("serve/build/main.js")),
      out,
      ...hosts.flatMap((host) => ["--listen", `tcp://${host}:${port}`]),
      "--config",
      fileURLToPath(new URL("site/serve.json", import.meta.url)),
      "--no-clipboard",
      "--no-request-logging",
    ],
    // It would otherwise ask the npm registry whether there is a newer version.
    { env: { NO_UPDATE_CHECK: "1" }, stdio: ["ignore", "pipe", "inherit"] },
  );
  if (!server.stdout) throw new Error("serve was started without a pipe");
  let listening = 0;
  for await (const line of createInterface({ input: server.stdout })) {
    const [, actual] = /Accepting connections at .*:(\d+)/.exec(line) ?? [];
    if (actual === undefined) continue;
    // serve 14 takes another port if this one is busy, whatever --no-port-switching says.
    if (Number(actual) !== port) throw new Failure(busy(port));
    listening += 1;
    if (listening === hosts.length) break;
  }
  if (listening < hosts.length) throw new Failure("The web server could not be started.");
  server.stdout.resume();
  return server;
}
