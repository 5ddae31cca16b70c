import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "./websocket-server.ts";
import type { WebSocket } from "./websocket.ts";

// A cable between two computers, which are network namespaces of Linux: ours, and one for the client.
// The name has at most 15 characters, as that of a network interface.
const NAME = `cable${process.pid % 100_000}`;
// From 198.18.0.0/15, which is set aside for tests of networks: RFC 2544, appendix C.2.2.
const net = `198.18.${process.pid % 256}`;
const [OURS, THEIRS] = [`${net}.1`, `${net}.2`];

const ip = (...args: string[]) => spawnSync("ip", args, { encoding: "utf8" });

/** Lays the cable. Returns why it cannot be done, if so. */
function layCable(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs Linux, and to be root";
  for (const args of [
    ["netns", "add", NAME],
    ["link", "add", `${NAME}a`, "type", "veth", "peer", "name", `${NAME}b`, "netns", NAME],
    ["address", "add", `${OURS}/30`, "dev", `${NAME}a`],
    ["link", "set", `${NAME}a`, "up"],
    ["-n", NAME, "address", "add", `${THEIRS}/30`, "dev", `${NAME}b`],
    ["-n", NAME, "link", "set", `${NAME}b`, "up"],
  ]) {
    const { status, stderr, error } = ip(...args);
    if (status !== 0) return `this machine has no network namespaces: ${error?.message ?? stderr.trim()}`;
  }
  return undefined;
}

async function serve(context: TestContext, heartbeatInterval: number): Promise<WebSocketServer> {
  const server = new WebSocketServer({ port: 0, host: OURS, heartbeatInterval });
  context.after(() => server.shutdown(0));
  await once(server, "listening");
  return server;
}

test("a cable is pulled: the heartbeat notices, and TCP does not", async (context) => {
  // The pair of interfaces goes with either of its ends.
  context.after(() => {
    ip("link", "del", `${NAME}a`);
    ip("netns", "del", NAME);
  });
  const obstacle = layCable();
  if (obstacle !== undefined) return context.skip(obstacle);

  const servers = [await serve(context, 500), await serve(context, 0)];
  const urls = servers.map((server) => `ws://${OURS}:${(server.address() as AddressInfo).port}`);
  const program = `import { WebSocket } from "ws"; for (const url of ${JSON.stringify(urls)}) new WebSocket(url);`;
  const opened = servers.map((server) => once(server, "connection"));
  const client = spawn("ip", ["netns", "exec", NAME, process.execPath, "--input-type=module", "--eval", program], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "ignore", "inherit"],
  });
  context.after(() => client.kill("SIGKILL"));
  const [[watched], [unwatched]] = (await Promise.all(opened)) as [[WebSocket], [WebSocket]];
  for (let i = 0; i < 2; i++) await once(watched, "pong");

  ip("-n", NAME, "link", "set", `${NAME}b`, "down");
  // To send is no way to find out: it goes into a buffer, and TCP tries again for many minutes.
  unwatched.send("Is anybody there?");
  const [code] = (await once(watched, "close")) as [number];
  assert.equal(code, 1006);
  assert.equal(unwatched.readyState, unwatched.OPEN);
});
