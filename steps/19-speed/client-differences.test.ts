import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import * as ws from "ws";
import { closePayload, frame, OP } from "../../scripts/checks/index.ts";
import { acceptKey } from "./handshake.ts";
import { WebSocket, type ClientOptions } from "./websocket.ts";

// The same server and the same actions, with a client of ws and with ours: the same events must come,
// with the same arguments and in the same order. Where they differ, the lesson's table says so.

type Log = (line: string) => void;
type Scenario = {
  name: string;
  /** What the server does when the request is here. By default it accepts, and closes with 1000. */
  server?: (socket: Socket, request: string) => void;
  protocols?: string | string[];
  options?: ClientOptions;
  /** What the application does at once. */
  act?: (socket: WebSocket, log: Log) => void;
};

const serverFrame = (opcode: number, payload: string | Uint8Array = "", fin = true) => frame(opcode, payload, { mask: null, fin });
const CLOSE = serverFrame(OP.close, closePayload(1000, "bye"));

function accept(request: string, more = ""): string {
  const key = /^Sec-WebSocket-Key: (.*)$/im.exec(request)?.[1] ?? "";
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n${more}\r\n`;
}

/** Accepts, sends these frames, and ends when the client's next bytes have come. */
const sends = (...frames: Buffer[]) => acceptsWith("", ...frames);
const acceptsWith = (more: string, ...frames: Buffer[]) => (socket: Socket, request: string) => {
  socket.write(accept(request, more));
  for (const bytes of frames) socket.write(bytes);
  socket.once("data", () => socket.end());
};

const answers = (response: string) => (socket: Socket) => void socket.end(response);

const scenarios: Scenario[] = [
  { name: "a close frame", server: sends(CLOSE) },
  { name: "an empty close frame", server: sends(serverFrame(OP.close)) },
  { name: "messages", server: sends(serverFrame(OP.text, "a"), serverFrame(OP.binary, "b"), CLOSE) },
  { name: "fragments around a ping", server: sends(serverFrame(OP.text, "a", false), serverFrame(OP.ping, "?"), serverFrame(OP.continuation, "b"), CLOSE) },
  { name: "a pong", server: sends(serverFrame(OP.pong, "!"), CLOSE) },
  { name: "a masked frame", server: sends(frame(OP.text, "a")) },
  { name: "a reserved opcode", server: sends(serverFrame(3)) },
  { name: "an invalid close code", server: sends(serverFrame(OP.close, closePayload(1005))) },
  { name: "text that is not UTF-8", server: sends(serverFrame(OP.text, Uint8Array.of(0xff))) },
  { name: "too big a message", server: sends(serverFrame(OP.text, "12345")), options: { maxPayload: 4 } },
  { name: "TCP ends without a close frame", server: (socket, request) => void socket.end(accept(request)) },
  { name: "TCP is reset", server: (socket, request) => void socket.write(accept(request), () => setTimeout(() => socket.resetAndDestroy(), 50)) },
  { name: "a 404", server: answers("HTTP/1.1 404 Not Found\r\n\r\n") },
  { name: "a redirect", server: answers("HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1:1/\r\n\r\n") },
  { name: "a 200 with a body", server: answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") },
  { name: "no response", server: (socket) => void socket.end() },
  { name: "no HTTP", server: answers("hello\r\n\r\n") },
  { name: "a reset instead of a response", server: (socket) => void socket.resetAndDestroy() },
  { name: "another Upgrade", server: (socket, request) => void socket.end(accept(request).replace("Upgrade: websocket", "Upgrade: foo")) },
  { name: "no accept value", server: answers("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n") },
  { name: "a wrong accept value", server: (socket) => void socket.end(accept("Sec-WebSocket-Key: x")) },
  { name: "an extension", server: (socket, request) => void socket.end(accept(request, "Sec-WebSocket-Extensions: x\r\n")) },
  { name: "an unasked subprotocol", server: (socket, request) => void socket.end(accept(request, "Sec-WebSocket-Protocol: x\r\n")) },
  { name: "another subprotocol", protocols: ["a", "b"], server: (socket, request) => void socket.end(accept(request, "Sec-WebSocket-Protocol: c\r\n")) },
  { name: "no subprotocol", protocols: "a", server: (socket, request) => void socket.end(accept(request)) },
  { name: "the second subprotocol", protocols: ["a", "b"], server: acceptsWith("Sec-WebSocket-Protocol: b\r\n", CLOSE) },
  { name: "a handshake that takes too long", options: { handshakeTimeout: 30 }, server: () => {} },
  { name: "close() at once", act: (socket) => socket.close() },
  { name: "close() twice at once", act: (socket) => (socket.close(), socket.close(1000, "again")) },
  { name: "terminate() at once", act: (socket) => socket.terminate() },
  { name: "close() in upgrade", act: (socket) => void socket.on("upgrade", () => socket.close()) },
  { name: "terminate() in upgrade", act: (socket) => void socket.on("upgrade", () => socket.terminate()) },
  { name: "close() in open", server: sends(CLOSE), act: (socket) => void socket.on("open", () => socket.close(4000, "x")) },
  { name: "terminate() in open", server: sends(), act: (socket) => void socket.on("open", () => socket.terminate()) },
  { name: "terminate() in message", server: sends(serverFrame(OP.text, "a")), act: (socket) => void socket.on("message", () => socket.terminate()) },
  { name: "close() in error", server: answers("HTTP/1.1 500 x\r\n\r\n"), act: (socket) => void socket.on("error", () => socket.close()) },
  {
    name: "send, ping and pong while it connects",
    act(socket, log) {
      for (const method of ["send", "ping", "pong"] as const) {
        try {
          socket[method]("a");
        } catch {
          log(`${method} throws`);
        }
      }
    },
  },
  { name: "send after close", server: sends(CLOSE), act: (socket, log) => void socket.on("open", () => (socket.close(), socket.send("late", (error) => log(`send: ${error ? "an error" : "fine"}`)))) },
  {
    name: "unexpected-response, and terminate()",
    server: answers("HTTP/1.1 401 x\r\nContent-Length: 2\r\n\r\nno"),
    act: (socket, log) => void socket.on("unexpected-response", (request, response) => (log(`unexpected ${request.getHeader("upgrade")} ${response.statusCode}`), socket.terminate())),
  },
  {
    name: "unexpected-response, and the request is destroyed",
    server: answers("HTTP/1.1 401 x\r\nContent-Length: 9\r\n\r\nno"),
    act: (socket) => void socket.on("unexpected-response", (request) => request.destroy(new Error("mine"))),
  },
  {
    name: "listeners of a browser",
    server: sends(serverFrame(OP.text, "a"), CLOSE),
    act(socket, log) {
      socket.onopen = (event) => log(`on${event.type}`);
      socket.onmessage = (event) => log(`on${event.type} ${event.data}`);
      socket.onclose = (event) => log(`on${event.type} ${event.code} ${event.reason} ${event.wasClean}`);
    },
  },
  { name: "the request's headers", options: { origin: "http://o.example", headers: { cookie: "a=b", upgrade: "x" }, auth: "u:p" }, protocols: ["a", "b"], server: (socket, request) => void socket.end(`HTTP/1.1 400 x\r\n\r\n`) },
];

/** What happens with a client of this class, a line for each event. */
async function play(Client: typeof WebSocket, { server, protocols = [], options = {}, act }: Scenario): Promise<string[]> {
  const events: string[] = [];
  const log: Log = (line) => void events.push(line);
  const sockets = new Set<Socket>();
  const listener = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (data) => {
      const request = data.toString();
      const lines = request.split("\r\n").map((line) => line.replace(/^(Sec-WebSocket-Key): .*/, "$1: …").replace(/:\d+$/, ":…"));
      const known = lines.filter((line) => !line.startsWith("Sec-WebSocket-Extensions"));
      // The order of headers, and the blank behind a comma, are free.
      log(`request ${known.map((line) => line.replaceAll(", ", ",").toLowerCase()).sort().join("|")}`);
      (server ?? sends(CLOSE))(socket, request);
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;

  const socket = new Client(`ws://127.0.0.1:${port}/path?query`, protocols, { ...options, perMessageDeflate: false } as ClientOptions);
  const state = () => `[${socket.readyState}]`;
  let isClosed = false;
  socket.on("upgrade", (response) => log(`upgrade ${response.statusCode} ${state()}`));
  socket.on("open", () => log(`open "${socket.protocol}" ${state()}`));
  socket.on("message", (data, isBinary) => log(`message ${data} ${isBinary} ${state()}`));
  socket.on("ping", (data) => log(`ping ${data} ${state()}`));
  socket.on("pong", (data) => log(`pong ${data} ${state()}`));
  // Of errors, the words may differ, but for those that programs have learnt to look for.
  socket.on("error", (error) => log(`error ${/^(Unexpected server|WebSocket was|Opening|Invalid (Up|Sec)|Server sent|mine)/.test(error.message) ? error.message : ""} ${state()}`));
  socket.on("close", (code, reason) => {
    log(`close ${code} "${reason}" ${state()}`);
    isClosed = true;
  });
  act?.(socket, log);
  log(`at once ${state()}`);
  while (!isClosed) await turn();
  await turn();
  for (const accepted of sockets) accepted.destroy();
  listener.close();
  return events;
}

for (const scenario of scenarios) {
  test(`as ws: ${scenario.name}`, { timeout: 20_000 }, async () => {
    // Whether the server sees a request that was given up at once is chance.
    const isChance = scenario.name.endsWith("at once");
    const seen = async (Client: typeof WebSocket) =>
      (await play(Client, scenario)).filter((event) => !isChance || !event.startsWith("request"));
    const [ours, theirs] = [await seen(WebSocket), await seen(ws.WebSocket as unknown as typeof WebSocket)];
    assert.deepEqual(ours, theirs);
  });
}

test("as ws: what the constructor throws", () => {
  const wrong: unknown[][] = [
    ["nonsense"], [""], ["ftp://a"], ["ws://a/#b"], ["ws://a", "b c"], ["ws://a", ["b", "b"]], ["ws://a", [""]],
    ["ws://a", null], ["ws://a", ["b", 1]], ["ws://a", "b,c"],
  ];
  const thrown = (Client: unknown, args: unknown[]) => {
    try {
      new (Client as new (...args: unknown[]) => unknown)(...args);
      return "nothing";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  };
  for (const args of wrong) {
    const [ours, theirs] = [WebSocket, ws.WebSocket].map((Client) => thrown(Client, args).split(": ")[0]);
    assert.equal(ours, theirs, JSON.stringify(args));
    assert.equal(ours, "SyntaxError");
  }
});
