import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LabAddress } from "./lab/messages.ts";
import { Failure, parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { hasIPv6Loopback, isPortBusy, parsePort } from "./lib/ports.ts";
import { exitCode, startProcess, typescriptCommand } from "./lib/processes.ts";
import { courseRoot } from "./lib/root.ts";
import { addressFile, findRunningSite, USUAL_SITE } from "./lib/running-site.ts";
import { watchFolder } from "./lib/watch.ts";
import { buildSite } from "./site/build.ts";

const usage = `
Usage: npm start [-- --port <port>] [-- --no-lab]

Builds the course's site into public/, serves it on this machine only, and rebuilds it when a
lesson or a client page changes. Beside it runs the lab, with which the pages start the steps and
show what passes over the wire. Ctrl-C stops everything.

Options:
  --port <port>  the site's port (default: the environment variable PORT, or 3000)
  --no-lab       the site alone
  --help         this text
`;

const root = courseRoot;
const out = join(root, "public");

/** What the site is made of. Not all of public/: the build writes there. */
const WATCHED = ["steps", "public/browser", "public/styles"];

/** A lab that ends by itself is started again, but not if it has run for less than so many milliseconds. */
const LAB_LEAST_LIFE = 10_000;

/** Builds happen one after the other. */
let building: Promise<void> = Promise.resolve();

await runMain(usage, async (args) => {
  const { values, positionals } = parseArguments(args, {
    port: { type: "string" },
    "no-lab": { type: "boolean" },
  });
  if (positionals.length > 0) throw new UsageError(`npm start takes no argument "${positionals[0]}".`);
  const port =
    values.port !== undefined
      ? parsePort(values.port, "--port")
      : parsePort(process.env["PORT"] || "3000", "PORT");
  if (await isPortBusy(port)) throw new Failure(busy(port));

  mkdirSync(out, { recursive: true });
  const site = `http://localhost:${port}`;
  // A second copy, as in step 04, leaves the lab to the first: they share the file that says where it is.
  const first = await findRunningSite();
  if (first === undefined) {
    writeAddress({ port: null, site });
    process.on("exit", () => writeAddress({ port: null }));
  }
  // Side by side: each takes its time to start.
  const lab = values["no-lab"] || first !== undefined ? Promise.resolve() : startLab(port, site);
  await build();
  const server = await serve(port);
  await lab;
  console.log(`The course is at ${site} (Ctrl-C stops it)`);
  if (first !== undefined) console.log(`The lab stays with ${first}, where the course runs already.`);
  else if (site !== USUAL_SITE) {
    console.log(`npm run step lets this address in; servers started otherwise do with ALLOWED_ORIGINS=${site}`);
  }
  for (const folder of WATCHED) if (existsSync(join(root, folder))) watchFolder(join(root, folder), rebuild);

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

async function build(): Promise<void> {
  for (const problem of (await buildSite({ root, out })).problems) console.error(problem);
}

function rebuild(): void {
  building = building.then(build).catch((error: unknown) => {
    // A file can vanish between the look and the read; the next change builds again.
    console.error(`The site could not be rebuilt: ${error instanceof Error ? error.message : error}`);
  });
}

/** Tells the pages where the lab is, and `npm run step` where the pages are. */
function writeAddress(address: LabAddress): void {
  writeFileSync(addressFile, `${JSON.stringify(address)}\n`);
}

/** Starts the lab, and waits until it listens, or has failed to. Without it, the site goes on. */
async function startLab(sitePort: number, site: string): Promise<void> {
  const begin = performance.now();
  const [command, ...args] = typescriptCommand(fileURLToPath(new URL("lab/main.ts", import.meta.url)));
  const lab = startProcess(command, [...args, "--site-port", String(sitePort), "--address", addressFile], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  void exitCode(lab).then((code) => {
    writeAddress({ port: null, site });
    const isWorthAnotherTry = performance.now() - begin >= LAB_LEAST_LIFE;
    const then = isWorthAnotherTry ? "it is started again" : "the site goes on without it (npm start again brings it back)";
    console.error(`The lab ended by itself, with exit code ${code}: ${then}.`);
    if (isWorthAnotherTry) void startLab(sitePort, site);
  });
  const ended = once(lab, "exit").then(() => undefined);
  const [message] = (await Promise.race([once(lab, "message"), ended])) ?? [];
  if (message !== undefined) writeAddress({ port: (message as { port: number }).port, site });
}

/** Starts `serve` and waits until it listens on every loopback address. */
async function serve(port: number): Promise<ReturnType<typeof startProcess>> {
  const hosts = (await hasIPv6Loopback()) ? ["127.0.0.1", "[::1]"] : ["127.0.0.1"];
  const server = startProcess(
    process.execPath,
    [
      "--import",
      import.meta.resolve("./lib/end-with-parent.mjs"),
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
