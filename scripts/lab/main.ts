/**
 * The lab as a process of its own: `npm start` starts it, and hears its port over IPC. It ends, and
 * stops what it has started, when the process that has started it is gone, in whatever way.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArguments, runMain } from "../lib/cli.ts";
import { parsePort } from "../lib/ports.ts";
import { courseRoot } from "../lib/root.ts";
import { stepsFolder } from "../lib/steps.ts";
import { startLab } from "./server.ts";

const usage = `
Usage: node --import tsx scripts/lab/main.ts --site-port <port> [--tap-port <port>] [--address <file>]

The lab, without the site: npm start runs it.

Options:
  --site-port <port>  where the site is; only its pages may connect
  --tap-port <port>   where the steps are reached (default: 8000, or a free port if that is busy)
  --address <file>    the site's lab.json, to be emptied if nobody else is left to do it
  --help              this text
`;

await runMain(usage, async (args) => {
  const { values } = parseArguments(args, {
    "site-port": { type: "string", default: "3000" },
    "tap-port": { type: "string", default: "8000" },
    address: { type: "string" },
  });
  const lab = await startLab({
    stepsFolder,
    sitePort: parsePort(values["site-port"], "--site-port"),
    tapPort: parsePort(values["tap-port"], "--tap-port"),
    practiceFolder: join(courseRoot, "practice"),
  });

  let isEnding = false;
  const end = async (code: number): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    await lab.close();
    process.exit(code);
  };
  process.once("SIGINT", () => void end(130));
  process.once("SIGTERM", () => void end(143));
  process.once("SIGHUP", () => void end(129));

  if (process.send) {
    process.send({ port: lab.port });
    process.once("disconnect", () => {
      if (values.address !== undefined && existsSync(values.address)) writeFileSync(values.address, '{"port":null}\n');
      void end(0);
    });
  } else {
    console.log(`The lab is on port ${lab.port}`);
  }
});
