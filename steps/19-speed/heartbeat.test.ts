import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import * as ws from "ws";
import { Heartbeat } from "./heartbeat.ts";
import type { ServerOptions } from "./server-options.ts";
import { WebSocketServer } from "./websocket-server.ts";
import { WebSocket } from "./websocket.ts";

async function serve(context: TestContext, options: Partial<ServerOptions>): Promise<WebSocketServer> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  context.after(() => server.shutdown(0));
  await once(server, "listening");
  return server;
}

function portOf(server: WebSocketServer): number {
  return (server.address() as AddressInfo).port;
}

/** A client, and the server's end of its connection. */
async function join(server: WebSocketServer, options: ws.ClientOptions = {}): Promise<[client: ws.WebSocket, own: WebSocket]> {
  const client = new ws.WebSocket(`ws://127.0.0.1:${portOf(server)}`, options);
  const [[own]] = (await Promise.all([once(server, "connection"), once(client, "open")])) as [[WebSocket], unknown];
  return [client, own];
}

/** The same with the client in a process of its own. */
async function joinFromAfar(context: TestContext, server: WebSocketServer): Promise<[client: ChildProcess, own: WebSocket]> {
  const program = `import { WebSocket } from "ws"; new WebSocket("ws://127.0.0.1:${portOf(server)}").on("error", () => {});`;
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const opened = once(server, "connection");
  const client = spawn(process.execPath, ["--input-type=module", "--eval", program], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  context.after(() => client.kill("SIGKILL"));
  const [own] = (await opened) as [WebSocket];
  return [client, own];
}

/** Waits for a pong, and not for ever if the connection ends. */
async function pong(own: WebSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    own.once("pong", () => resolve());
    own.once("close", () => reject(new Error("the connection is closed")));
  });
}

test("one timer for all, and only while there is somebody", (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "setImmediate"] });
  const set = context.mock.method(globalThis, "setInterval");
  let beats = 0;
  const members = new Set<{ beat(): void }>();
  const heartbeat = new Heartbeat(members, 1_000);
  heartbeat.update();
  assert.equal(set.mock.callCount(), 0);

  for (let i = 0; i < 2; i++) {
    members.add({ beat: () => void beats++ });
    heartbeat.update();
  }
  assert.equal(set.mock.callCount(), 1);
  context.mock.timers.tick(999);
  assert.equal(beats, 0);
  context.mock.timers.tick(2);
  assert.equal(beats, 2);

  members.clear();
  heartbeat.update();
  members.add({ beat: () => assert.fail("the timer still runs") });
  context.mock.timers.tick(5_000);
});

test("with an interval of 0 there is no timer", (context) => {
  const set = context.mock.method(globalThis, "setInterval");
  new Heartbeat(new Set([{ beat: () => {} }]), 0).update();
  assert.equal(set.mock.callCount(), 0);
});

test("the application's own pings and pongs work as ever", async (context) => {
  const server = await serve(context, { heartbeatInterval: 300 });
  const [client, own] = await join(server);
  const pongs: string[] = [];
  own.on("pong", (payload) => pongs.push(payload.toString()));
  own.ping("mine");
  while (!pongs.includes("mine") || !pongs.includes("")) await pong(own);
  const [pinged, answered] = [once(own, "ping"), once(client, "pong")];
  client.ping("yours");
  const [payload] = (await pinged) as [Buffer];
  assert.equal(payload.toString(), "yours");
  assert.equal(String((await answered)[0]), "yours");
  const ponged = once(client, "pong");
  own.pong("unasked");
  assert.equal(String((await ponged)[0]), "unasked");
  assert.equal(own.bufferedAmount, 0);
});

test("who does not answer is terminated at the next ping: 1006, and no error", async (context) => {
  const server = await serve(context, { heartbeatInterval: 100 });
  const [client, own] = await join(server, { autoPong: false });
  own.on("error", () => assert.fail("no error"));
  let pings = 0;
  client.on("ping", () => pings++);
  const [[code, reason], [theirs]] = await Promise.all([once(own, "close"), once(client, "close")]);
  assert.deepEqual([code, String(reason), theirs, pings], [1006, "", 1006, 1]);
  assert.equal(server.clients?.size, 0);
});

test("a client can ask its server, too", async (context) => {
  const server = await serve(context, { heartbeatInterval: 0 });
  const opened = once(server, "connection");
  const client = new WebSocket(`ws://127.0.0.1:${portOf(server)}`);
  await Promise.all([opened, once(client, "open")]);
  client.beat();
  await pong(client);
  client.beat();
  // Nothing has come in between.
  client.beat();
  const [code] = (await once(client, "close")) as [number];
  assert.equal(code, 1006);
});

test("while a connection closes it is not pinged: the close timer is enough", async (context) => {
  const server = await serve(context, { heartbeatInterval: 20, closeTimeout: 200 });
  const opened = once(server, "connection");
  const socket = net.connect(portOf(server), "127.0.0.1");
  socket.write(
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  let received = Buffer.alloc(0);
  socket.on("data", (chunk) => (received = Buffer.concat([received, chunk])));
  const [own] = (await opened) as [WebSocket];
  own.close(1000);
  await Promise.all([once(own, "close"), once(socket, "end")]);
  assert.equal(received.subarray(received.indexOf("\r\n\r\n") + 4).toString("hex"), "880203e8");
});

test("when we were busy for long, nobody else pays for it: first we read, then we judge", async (context) => {
  const server = await serve(context, { heartbeatInterval: 300 });
  // Its answers come from another process: this one is about to be busy.
  const [, own] = await joinFromAfar(context, server);
  // From right behind a ping until the next one is long due. The answer lies in the socket by then.
  const beat = own.beat.bind(own);
  own.beat = () => {
    beat();
    setImmediate(() => {
      const end = performance.now() + 700;
      while (performance.now() < end);
    });
  };
  for (let i = 0; i < 3; i++) await pong(own);
});

const skip = process.platform === "win32" && "Windows cannot stop a process";
test("kill -STOP: a process that is stopped is found out", { skip }, async (context) => {
  const server = await serve(context, { heartbeatInterval: 400 });
  const [client, own] = await joinFromAfar(context, server);
  const closed = once(own, "close");
  for (let i = 0; i < 2; i++) await pong(own);
  client.kill("SIGSTOP");
  const [code] = (await closed) as [number];
  assert.equal(code, 1006);
});
