import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ServerUnderTest } from "../../../scripts/checks/index.ts";
import { exitCode, startProcess, typescriptCommand } from "../../../scripts/lib/processes.ts";
import { connect } from "../connect.ts";
import { WebSocketServer } from "../websocket-server.ts";
import { stayConnected } from "./stay-connected.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const echo = new ServerUnderTest(typescriptCommand(path("../server.ts")));
before(() => echo.ensureRunning());
after(() => echo.stop());

/** Servers that do one thing each with a new connection, in turn; then they say goodbye with 1000. */
async function moodyServer(...moods: ("refuse" | "drop" | "greet and drop")[]): Promise<{ url: string; stop(): void }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient: () => moods[0] !== "refuse" || void moods.shift() });
  await once(server, "listening");
  server.on("connection", (socket) => {
    const mood = moods.shift();
    if (mood === undefined) return socket.close(1000);
    if (mood === "greet and drop") socket.send("hello");
    socket.close(1012);
  });
  const { port } = server.address() as { port: number };
  return { url: `ws://127.0.0.1:${port}`, stop: () => server.close() };
}

test("exercise 1: the waits double up to a limit, and begin anew after a message", async () => {
  const { url, stop } = await moodyServer("refuse", "drop", "refuse", "refuse", "refuse", "greet and drop", "drop", "drop");
  const waits: number[] = [];
  let opened = 0;
  await stayConnected(() => connect(url), () => void opened++, () => true, {
    first: 100,
    most: 1_000,
    random: () => 0.5,
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  assert.deepEqual(waits, [50, 100, 200, 400, 500, 50, 100, 200]);
  assert.equal(opened, 5);
  stop();
});

test("exercise 1: jitter spreads the waits over the whole range, and nobody waits longer", async () => {
  const waits: number[] = [];
  await stayConnected(() => Promise.reject(new Error("nobody")), () => {}, () => waits.length < 1_000, {
    first: 1_000,
    most: 1_000,
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  assert.ok(waits.every((wait) => wait >= 0 && wait < 1_000));
  for (const quarter of [0, 1, 2, 3]) {
    const share = waits.filter((wait) => Math.floor(wait / 250) === quarter).length;
    assert.ok(share > 150, `${share} of 1000 waits in quarter ${quarter}`);
  }
});

test("exercise 1: the program comes back when the server does", async () => {
  const server = new ServerUnderTest(typescriptCommand(path("../server.ts")));
  await server.ensureRunning();
  const [program, ...args] = typescriptCommand(path("stay-connected.ts"));
  const child = startProcess(program, [...args, `ws://127.0.0.1:${server.port}`]);
  let output = "";
  child.stdout?.on("data", (text) => void (output += text));
  const wait = async (wanted: RegExp) => {
    while (!wanted.test(output)) await once(child.stdout!, "data");
  };
  await wait(/Connected\nReceived: I am here/);
  await server.stop();
  await wait(/Closed with 1006/);
  child.kill();
  await exitCode(child);
});

async function wscat(input: string, ...args: string[]): Promise<{ output: string; code: number }> {
  const [program, ...rest] = typescriptCommand(path("wscat.ts"));
  const child = startProcess(program, [...rest, ...args]);
  let output = "";
  child.stdout?.on("data", (text) => void (output += text));
  child.stdin?.end(input);
  const code = await exitCode(child);
  return { output, code };
}

test("exercise 2: wscat sends lines and prints what comes", async () => {
  const { output, code } = await wscat("Hello\nWebsockets are great\n", `ws://127.0.0.1:${echo.port}`, "shout");
  assert.equal(output, "Connected, subprotocol shout\n< HELLO\n< WEBSOCKETS ARE GREAT\nClosed with 1000\n");
  assert.equal(code, 0);
});

test("exercise 2: wscat ends when the server closes, and says why it cannot connect", async () => {
  const url = `http://127.0.0.1:${echo.port}`;
  assert.deepEqual(await wscat("close 4001 bye\n", url), { output: "Connected\nClosed with 4001 bye\n", code: 0 });
  assert.deepEqual(await wscat("", `${url}/nowhere`), {
    output: "Failed: Unexpected server response: 404\nClosed with 1006\n",
    code: 1,
  });
});
