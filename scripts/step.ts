import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure, parseArguments, runMain, UsageError } from "./lib/cli.ts";
import { isPortAnswering, isPortBusy, parsePort } from "./lib/ports.ts";
import { exitCode, startProcess, typescriptCommand } from "./lib/processes.ts";
import { findRunningSite, USUAL_SITE } from "./lib/running-site.ts";
import { findStep, listSteps, type Step } from "./lib/steps.ts";

const usage = `
Usage: npm run step <step> [-- --port <port>] [-- --client]

Runs the server of one step in this terminal until Ctrl-C, and says where its client page is.
<step> is a number or a name: 3, 03, accept-key or 03-accept-key.

Options:
  --client       run the step's client.ts instead, against the server that runs already
  --port <port>  the server's port (default: the environment variable PORT, or 8000)
  --help         this text
`;

await runMain(usage, async (args) => {
  const { values, positionals } = parseArguments(args, {
    client: { type: "boolean" },
    port: { type: "string" },
  });
  const [argument, ...extra] = positionals;
  if (argument === undefined) {
    throw new UsageError("Which step? Give its number or its name, as in npm run step 3.");
  }
  const step = findStep(argument);
  if (extra.length > 0) {
    throw new UsageError(
      `npm run step takes one step, so "${extra.join(" ")}" is too much (options come after --, ` +
        `as in npm run step ${step.number} -- --port 8001).`,
    );
  }
  const port =
    values.port !== undefined
      ? parsePort(values.port, "--port")
      : parsePort(process.env["PORT"] || "8000", "PORT");
  return values.client ? runClient(step, port) : runServer(step, port);
});

async function runServer(step: Step, port: number): Promise<number> {
  if (await isPortBusy(port)) {
    const other = port === 8001 ? 8002 : 8001;
    throw new Failure(
      `Port ${port} is busy: stop the program that uses it, or choose another port with ` +
        `npm run step ${step.number} -- --port ${other} (or PORT=${other} npm run step ${step.number}).`,
    );
  }
  const running = await findRunningSite();
  const site = running ?? USUAL_SITE;
  const page =
    `${site}/steps/${step.slug}/client.html` +
    (port === 8000 ? "" : `?server=ws://localhost:${port}`);
  const hint = running !== undefined || (await isSiteRunning(page)) ? "" : "  (first: npm start in another terminal)";
  console.log(`Step ${step.number}: ${step.title.replaceAll("`", "")}`);
  console.log(`  Page    ${page}${hint}`);
  console.log(`  Lesson  ${site}/steps/${step.slug}/`);
  const origins = originsOf(site);
  if (origins["ALLOWED_ORIGINS"] !== undefined) console.log(`  Origin  ${site} may connect, by ALLOWED_ORIGINS`);
  console.log("  Ctrl-C stops the server; its output follows.\n");
  return run(step, "server.ts", port, origins);
}

/** Lets the site's pages in where a server does not do so by itself; who has chosen otherwise is left alone. */
function originsOf(site: string): Record<string, string> {
  if (site === USUAL_SITE || process.env["ALLOWED_ORIGINS"] !== undefined) return {};
  return { ALLOWED_ORIGINS: `${site} ${site.replace("localhost", "127.0.0.1")}` };
}

async function runClient(step: Step, port: number): Promise<number> {
  if (!existsSync(join(step.folder, "client.ts"))) {
    const others = listSteps().filter(({ folder }) => existsSync(join(folder, "client.ts")));
    const names = others.map(({ name }) => name).join(", ");
    const where = names && `, but ${names} ${others.length === 1 ? "does" : "do"}`;
    throw new UsageError(`Step ${step.number} (${step.slug}) has no client.ts${where}.`);
  }
  if (!(await isPortAnswering(port))) {
    throw new Failure(
      `No server answers on port ${port}: start it first in another terminal, ` +
        `with npm run step ${step.number}.`,
    );
  }
  return run(step, "client.ts", port);
}

function run(step: Step, file: string, port: number, env: Record<string, string> = {}): Promise<number> {
  const [command, ...args] = typescriptCommand(join(step.folder, file));
  const child = startProcess(command, args, {
    cwd: step.folder,
    env: { PORT: String(port), ...env },
    stdio: "inherit",
    foreground: true,
  });
  return exitCode(child);
}

async function isSiteRunning(page: string): Promise<boolean> {
  try {
    const response = await fetch(page, { method: "HEAD", signal: AbortSignal.timeout(1000) });
    return response.ok;
  } catch {
    return false;
  }
}
