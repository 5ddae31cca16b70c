import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { test, type TestContext } from "node:test";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as ws from "ws";
import type { ServerOptions } from "./server-options.ts";
import { WebSocketServer } from "./websocket-server.ts";
import { WebSocket } from "./websocket.ts";

const UPGRADE =
  "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/** A server that is gone when the test is. */
async function serve(context: TestContext, options: Partial<ServerOptions> = {}): Promise<WebSocketServer> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  context.after(() => server.shutdown(0));
  await once(server, "listening");
  return server;
}

/** An HTTP server of the application's. */
async function serveHttp(context: TestContext, listener?: http.RequestListener): Promise<http.Server> {
  const server = http.createServer(listener).listen(0, "127.0.0.1");
  context.after(() => server.close());
  await once(server, "listening");
  return server;
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

/** A client that answers pings and Close frames. */
async function join(server: WebSocketServer, port = portOf(server)): Promise<ws.WebSocket> {
  const client = new ws.WebSocket(`ws://127.0.0.1:${port}`);
  await Promise.all([once(server, "connection"), once(client, "open")]);
  return client;
}

/** A client that says nothing, and does not hang up by itself. */
async function connect(context: TestContext, port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  context.after(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** A client that opens, if it is let in, and then never does anything. */
async function stare(context: TestContext, port: number): Promise<net.Socket> {
  const socket = await connect(context, port);
  socket.write(UPGRADE);
  return socket;
}

/** The first line that comes. */
async function firstLine(socket: net.Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString().split("\r\n")[0] ?? "";
}

test("verifyClient is a part of the handshake: 408, and the verdict comes too late", async (context) => {
  const verdicts: ((ok: boolean) => void)[] = [];
  const server = await serve(context, {
    handshakeTimeout: 50,
    verifyClient: (_info, verdict) => void verdicts.push(verdict),
  });
  server.on("connection", () => assert.fail("no connection may open"));
  const socket = await stare(context, portOf(server));
  assert.equal(await firstLine(socket), "HTTP/1.1 408 Request Timeout");
  verdicts[0]?.(true);
  await server.shutdown();
});

test("with a handshakeTimeout of 0, a verdict may take as long as it likes", async (context) => {
  const verdicts: ((ok: boolean) => void)[] = [];
  const server = await serve(context, {
    handshakeTimeout: 0,
    verifyClient: (_info, verdict) => void verdicts.push(verdict),
  });
  const socket = await stare(context, portOf(server));
  while (verdicts.length === 0) await turn();
  // Longer than Node's shortest timer, which is what 0 would mean to it.
  await sleep(50);
  verdicts[0]?.(true);
  assert.equal(await firstLine(socket), "HTTP/1.1 101 Switching Protocols");
  socket.destroy();
});

test("with an HTTP server of the application's, the time begins with the request", async (context) => {
  const server = new WebSocketServer({ noServer: true, handshakeTimeout: 50, verifyClient: (_info, _verdict) => {} });
  const httpServer = await serveHttp(context);
  httpServer.on("upgrade", (request, socket, head) => server.handleUpgrade(request, socket, head, () => assert.fail()));
  const socket = await stare(context, portOf(httpServer));
  assert.equal(await firstLine(socket), "HTTP/1.1 408 Request Timeout");
  socket.destroy();
});

test("a socket that is given to handleUpgrade() twice gets no second timer", async (context) => {
  const server = new WebSocketServer({ noServer: true, handshakeTimeout: 50 });
  const httpServer = await serveHttp(context);
  context.after(() => server.shutdown(0));
  const opened = new Promise<WebSocket>((resolve) => {
    httpServer.on("upgrade", (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      server.handleUpgrade(request, socket, head, resolve);
      assert.throws(() => server.handleUpgrade(request, socket, head, () => {}), /before/);
    });
  });
  const client = new ws.WebSocket(`ws://127.0.0.1:${portOf(httpServer)}`);
  const own = await opened;
  // For what must not come there is no event.
  await sleep(150);
  own.send("still open");
  const [data] = (await once(client, "message")) as [Buffer];
  assert.equal(data.toString(), "still open");
});

test("a client that hangs up before its verdict leaves nothing behind", async (context) => {
  let asked = 0;
  const server = await serve(context, { verifyClient: (_info, _verdict) => void asked++ });
  const socket = await stare(context, portOf(server));
  while (asked === 0) await turn();
  socket.resetAndDestroy();
  await server.shutdown();
});

test("shutdown(): 1001 for all, also without clientTracking, and a second call waits for the first", async (context) => {
  const server = await serve(context, { clientTracking: false });
  const clients = [await join(server), await join(server)];
  const codes = clients.map(async (client) => (await once(client, "close"))[0] as number);
  let closed = 0;
  server.on("close", () => closed++);
  const first = server.shutdown();
  assert.equal(server.shutdown(1), first);
  await first;
  assert.deepEqual(await Promise.all(codes), [1001, 1001]);
  assert.equal(closed, 1);
  assert.equal(server.address(), null);
  await server.shutdown();
});

test("shutdown(): newcomers get a 503, and verifyClient is not asked; in the end, so do those that wait for it", async (context) => {
  let asked = 0;
  const server = await serve(context, {
    verifyClient: (_info, verdict) => {
      if (++asked === 1) verdict(true);
    },
  });
  const opened = once(server, "connection");
  const holder = await stare(context, portOf(server));
  const [own] = (await opened) as [WebSocket];
  const waiting = await stare(context, portOf(server));
  while (asked < 2) await turn();

  const done = server.shutdown();
  const newcomer = await stare(context, portOf(server));
  assert.equal(await firstLine(newcomer), "HTTP/1.1 503 Service Unavailable");
  assert.equal(asked, 2);
  own.terminate();
  assert.equal(await firstLine(waiting), "HTTP/1.1 503 Service Unavailable");
  for (const socket of [holder, waiting, newcomer]) socket.destroy();
  await done;
});

test("shutdown(): who never answers is cut off, and so is who never asked", async (context) => {
  const server = await serve(context);
  const opened = once(server, "connection");
  const holder = await stare(context, portOf(server));
  holder.resume();
  const [own] = (await opened) as [WebSocket];
  const stranger = await connect(context, portOf(server));
  // A 503 would wait until the stranger has hung up, and the time is over.
  stranger.on("data", () => assert.fail("nothing more is said"));
  const ends = [once(holder, "end"), once(stranger, "end")];
  const closed = once(own, "close");
  await server.shutdown(50);
  assert.equal((await closed)[0], 1006);
  await Promise.all(ends);
});

test("shutdown(): an HTTP server of the application's goes on", async (context) => {
  const httpServer = await serveHttp(context, (_request, response) => void response.end("a page"));
  const server = new WebSocketServer({ server: httpServer });
  const client = await join(server, portOf(httpServer));
  const closed = once(client, "close");
  await server.shutdown();
  assert.equal((await closed)[0], 1001);
  const response = await fetch(`http://127.0.0.1:${portOf(httpServer)}`);
  assert.equal(await response.text(), "a page");
  assert.equal(httpServer.listenerCount("upgrade"), 0);
});

test("shutdown() after close(), and close() during shutdown()", async (context) => {
  const server = await serve(context);
  const client = await join(server);
  const closed = once(client, "close");
  const called = new Promise<void>((resolve) => server.close(() => resolve()));
  await server.shutdown();
  await called;
  assert.equal((await closed)[0], 1001);

  const other = await serve(context);
  await join(other);
  const done = other.shutdown();
  await new Promise<void>((resolve) => other.close(() => resolve()));
  await done;
});

test("a time must be one that a timer can wait for", async (context) => {
  const server = await serve(context);
  for (const bad of [Number.NaN, -1, Infinity, 2 ** 31]) {
    for (const name of ["handshakeTimeout", "heartbeatInterval", "closeTimeout"]) {
      const create = () => new WebSocketServer({ noServer: true, [name]: bad });
      assert.throws(create, { name: "RangeError", message: new RegExp(name) });
    }
    for (const name of ["handshakeTimeout", "closeTimeout"]) {
      const connect = () => new WebSocket("ws://127.0.0.1:9", { [name]: bad });
      assert.throws(connect, { name: "RangeError", message: new RegExp(name) });
    }
    assert.throws(() => server.shutdown(bad), RangeError);
  }
});

/** What keeps a process alive while it has a server, and after. */
const LEFT_OVER = `
import { spawn } from "node:child_process";
import { once } from "node:events";
import { WebSocketServer } from "./websocket-server.ts";

// Nor are our output and our child.
const resources = () => process.getActiveResourcesInfo().filter((name) => !/^P(ipe|rocess)Wrap$/.test(name)).sort().join();
const lines = [];
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
await once(server, "listening");

// In a process of their own, so that none of their sockets is one of ours.
const clients = spawn(process.execPath, ["--input-type=module", "--eval", process.env.CLIENTS], {
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, PORT: server.address().port },
});
while (server.clients.size < 3) await once(server, "connection");
lines.push("between: " + [...new Set(resources().split(","))]);
await server.shutdown();
if (clients.exitCode === null) await once(clients, "exit");
lines.push("after: " + resources());
process.on("exit", (code) => console.log(lines.join("\\n") + "\\nexit " + code));
`;

/** One that says nothing, one that has begun, and three that are connected; none is ended by us. */
const CLIENTS = `
import net from "node:net";
import { WebSocket } from "ws";

const port = Number(process.env.PORT);
for (const begin of ["", "GET / HTTP/1.1\\r\\nHost:"]) {
  net.connect(port, "127.0.0.1", function () { this.write(begin); }).resume().on("error", () => {});
}
for (let i = 0; i < 3; i++) new WebSocket("ws://127.0.0.1:" + port);
`;

test("after shutdown() nothing is left, and the process ends by itself", () => {
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", LEFT_OVER];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, CLIENTS };
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const output = execFileSync(process.execPath, args, { env, cwd, timeout: 20_000 }).toString();
  assert.deepEqual(output.trim().split("\n"), ["between: TCPServerWrap,TCPSocketWrap", "after: ", "exit 0"]);
});

/** All `close` listeners throw, and the process goes on all the same. */
const THROWING = `
import { once } from "node:events";
import { WebSocket } from "ws";
import { WebSocketServer } from "./websocket-server.ts";

process.on("uncaughtException", (error) => console.log("uncaught: " + error.message));
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => socket.on("close", () => { throw new Error("socket"); }));
server.on("close", () => { throw new Error("server"); });
await once(server, "listening");
const client = new WebSocket("ws://127.0.0.1:" + server.address().port);
await Promise.all([once(client, "open"), once(server, "connection")]);
await server.shutdown();
console.log("everyone has gone");
`;

test("shutdown() does not depend on whether a close listener throws", () => {
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", THROWING];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const output = execFileSync(process.execPath, args, { env, cwd, timeout: 20_000 }).toString();
  assert.deepEqual(output.trim().split("\n"), ["uncaught: socket", "uncaught: server", "everyone has gone"]);
});
