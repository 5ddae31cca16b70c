import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startProcess, stopTree } from "../lib/processes.ts";
import { courseRoot } from "../lib/root.ts";
import { buildSite } from "../site/build.ts";

/** The course's site, served under two origins: two ports are two origins to a browser. */
export interface TestSite {
  /** As `http://localhost:3000` is to a reader. */
  origin: string;
  /** The same pages, but from a stranger. */
  foreignOrigin: string;
  /** Where its files are. */
  folder: string;
  stop(): Promise<void>;
}

/** Builds the site in a temporary folder and serves it as `npm start` does, on two free ports. */
export async function startTestSite(): Promise<TestSite> {
  const folder = mkdtempSync(join(tmpdir(), "course-site-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);

  const server = startProcess(
    process.execPath,
    [
      fileURLToPath(import.meta.resolve("serve/build/main.js")),
      folder,
      // Port 0: the system chooses one.
      ...["--listen", "tcp://127.0.0.1:0", "--listen", "tcp://127.0.0.1:0"],
      ...["--config", fileURLToPath(new URL("../site/serve.json", import.meta.url))],
      ...["--no-clipboard", "--no-request-logging"],
    ],
    { env: { NO_UPDATE_CHECK: "1" }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const stop = async () => {
    await stopTree(server);
    remove();
  };

  await buildSite({ root: courseRoot, out: folder });
  const origins: string[] = [];
  if (!server.stdout) throw new Error("serve was started without a pipe");
  for await (const line of createInterface({ input: server.stdout })) {
    const [, port] = /Accepting connections at .*:(\d+)/.exec(line) ?? [];
    if (port !== undefined) origins.push(`http://localhost:${port}`);
    if (origins.length === 2) break;
  }
  const [origin, foreignOrigin] = origins;
  if (origin === undefined || foreignOrigin === undefined) {
    await stop();
    throw new Error("serve ended before it accepted connections.");
  }
  server.stdout.resume();
  return { origin, foreignOrigin, folder, stop };
}
