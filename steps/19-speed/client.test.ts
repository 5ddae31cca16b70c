import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { WebSocketServer as WsServer } from "ws";
import { certificate } from "../../scripts/checks/certificate.ts";
import { frame, OP } from "../../scripts/checks/index.ts";
import { connect } from "./connect.ts";
import { acceptKey } from "./handshake.ts";
import { WebSocketServer } from "./websocket-server.ts";
import { WebSocket, type ClientOptions } from "./websocket.ts";

const SIZES = [0, 1, 125, 126, 127, 65535, 65536, 70_000, 1024 * 1024];

/** A port of 127.0.0.1 at which the server listens until the test ends. */
async function listen(context: TestContext, server: net.Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => void sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A TCP server that waits for a request, and then does with the socket what the test wants. */
async function rawServer(context: TestContext, answer: (socket: Socket, request: string) => void): Promise<string> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => answer(socket, data.toString()));
  });
  return `ws://127.0.0.1:${await listen(context, server)}/`;
}

/** A correct 101 for a request, with more header lines. */
function switching(request: string, more = ""): string {
  const key = /^Sec-WebSocket-Key: (.*)$/im.exec(request)?.[1] ?? "";
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n${more}\r\n`;
}

/** A frame as a server sends it. */
const serverFrame = (opcode: number, payload: string | Uint8Array = "") => frame(opcode, payload, { mask: null });
const CLOSE_1000 = serverFrame(OP.close, Buffer.from("03e8", "hex"));

/** What a WebSocket emits, from now on, in order. `until` is fulfilled when an event of that name has come. */
function eventsOf(socket: WebSocket): { events: string[]; until(name: string): Promise<void> } {
  const events: string[] = [];
  const note = (text: string) => void events.push(`${text} [${socket.readyState}]`);
  socket.on("upgrade", (response) => note(`upgrade ${response.statusCode}`));
  socket.on("open", () => note("open"));
  socket.on("message", (data, isBinary) => note(isBinary ? `binary ${(data as Buffer).toString("hex")}` : `text ${data}`));
  socket.on("ping", (payload) => note(`ping ${payload}`));
  socket.on("pong", (payload) => note(`pong ${payload}`));
  socket.on("error", (error) => note(`error ${error.message}`));
  socket.on("close", (code, reason) => note(`close ${code} ${reason}`.trim()));
  return {
    events,
    until: async (name) => {
      while (!events.some((event) => event.startsWith(name))) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

async function closed(socket: WebSocket): Promise<string[]> {
  const { events, until } = eventsOf(socket);
  await until("close");
  return events;
}

// --- Servers of others, and our own.

type AnyServer = { name: string; create(server: http.Server, more?: object): { on(event: "connection", listener: (socket: any, request: IncomingMessage) => void): unknown } };

const peers: AnyServer[] = [
  { name: "our server", create: (server, more) => new WebSocketServer({ server, maxPayload: 2 ** 21, ...more }) },
  { name: "ws", create: (server, more) => new WsServer({ server, perMessageDeflate: true, ...more }) },
];

for (const { name, create } of peers) {
  test(`${name}: text and binary of every size come back, in order`, async (context) => {
    const server = http.createServer();
    create(server).on("connection", (peer) => {
      peer.on("message", (data: Buffer, isBinary: boolean) => peer.send(data, { binary: isBinary }));
    });
    const socket = await connect(`ws://127.0.0.1:${await listen(context, server)}`);
    const sent = SIZES.flatMap((size) => [false, true].map((binary) => ({ data: Buffer.alloc(size, binary ? "\0\xff" : "text"), binary })));
    const copies = sent.map(({ data }) => Buffer.from(data));
    const received: [Buffer, boolean][] = [];
    socket.on("message", (data, isBinary) => void received.push([data as Buffer, isBinary]));
    for (const { data, binary } of sent) socket.send(data, { binary });
    while (received.length < sent.length) await once(socket, "message");
    for (const [i, { data, binary }] of sent.entries()) {
      assert.ok(data.equals(copies[i] ?? data), "masking must not change what belongs to the application");
      const [came, isBinary] = received[i] ?? [Buffer.alloc(0), false];
      assert.ok(came.equals(data), `${data.length} bytes came back as ${came.length}, or changed`);
      assert.equal(isBinary, binary);
    }
    socket.close(1000);
    assert.deepEqual(await closed(socket), ["close 1000 [3]"]);
  });

  test(`${name}: fragments, pings and pongs`, async (context) => {
    const server = http.createServer();
    create(server).on("connection", (peer) => {
      peer.on("message", (data: Buffer) => {
        peer.send(data.subarray(0, 1), { fin: false, binary: false });
        peer.ping("in between");
        peer.send(data.subarray(1), { fin: true });
      });
    });
    const socket = await connect(`ws://127.0.0.1:${await listen(context, server)}`);
    const { events, until } = eventsOf(socket);
    socket.send(Buffer.from("€").subarray(0, 1), { fin: false, binary: false });
    socket.ping("a");
    socket.send(Buffer.from("€").subarray(1));
    await until("text");
    assert.deepEqual(events, ["pong a [1]", "ping in between [1]", "text € [1]"]);
  });

  test(`${name}: a message right behind the 101 is not lost, however one waits`, async (context) => {
    const server = http.createServer();
    create(server).on("connection", (peer) => peer.send("welcome"));
    const url = `ws://127.0.0.1:${await listen(context, server)}`;
    for (let i = 0; i < 5; i++) {
      const socket = await connect(url);
      assert.deepEqual((await once(socket, "message")).map(String), ["welcome", "false"]);
      socket.close();
      await once(socket, "close");
    }
  });

  for (const [code, reason] of [[1000, ""], [1001, "moving"], [4999, "no more"], [undefined, ""]] as const) {
    test(`${name}: either side closes with ${code}`, async (context) => {
      const server = http.createServer();
      const closes: string[] = [];
      create(server).on("connection", (peer, request) => {
        if (request.url === "/server") peer.close(code, reason);
        peer.on("close", (code: number, reason: Buffer) => void closes.push(`close ${code} ${reason}`.trim()));
      });
      const url = `ws://127.0.0.1:${await listen(context, server)}`;
      const expected = `close ${code ?? 1005} ${reason}`.trim();
      assert.deepEqual((await closed(new WebSocket(`${url}/server`))).slice(2), [`${expected} [3]`]);

      const socket = await connect(`${url}/client`);
      socket.close(code, reason);
      await once(socket, "close");
      while (closes.length < 2) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(closes[1], expected);
    });
  }

  test(`${name}: subprotocols, and what the request says`, async (context) => {
    const server = http.createServer();
    const requests: IncomingMessage[] = [];
    const handleProtocols = () => "b";
    create(server, { handleProtocols, allowedOrigins: "any" }).on("connection", (_peer, request) => void requests.push(request));
    const port = await listen(context, server);
    const socket = await connect(`http://me:a%20b@127.0.0.1:${port}/path?query`, ["a", "b"], {
      origin: "http://example.org",
      headers: { Cookie: "a=b", connection: "close", "Sec-WebSocket-Version": "8" },
    });
    assert.equal(socket.protocol, "b");
    assert.equal(socket.extensions, "");
    assert.equal(socket.url, `ws://me:a%20b@127.0.0.1:${port}/path?query`);
    const [{ url, headers } = {} as IncomingMessage] = requests;
    assert.deepEqual(
      [url, headers.host, headers.origin, headers.cookie, headers.connection, headers["sec-websocket-version"], headers["sec-websocket-protocol"], headers.authorization],
      ["/path?query", `127.0.0.1:${port}`, "http://example.org", "a=b", "Upgrade", "13", "a, b", `Basic ${btoa("me:a b")}`],
    );
    socket.terminate();
  });
}

test("a message that is too big fails the connection", async (context) => {
  const url = await rawServer(context, (socket, request) => {
    socket.write(switching(request));
    socket.write(serverFrame(OP.text, "12345"));
    socket.on("data", () => socket.end());
  });
  const socket = new WebSocket(url, { maxPayload: 4 });
  const events = await closed(socket);
  assert.deepEqual(events, ["upgrade 101 [0]", "open [1]", "error A message has at most 4 bytes [2]", "close 1006 [3]"]);
});

// --- TLS.

test("wss: with the right certificate, and not with one that nobody trusts", async (context) => {
  const server = https.createServer(certificate);
  new WebSocketServer({ server }).on("connection", (peer) => peer.send("private"));
  const port = await listen(context, server);
  const socket = await connect(`wss://localhost:${port}`, [], { ca: certificate.cert, family: 4 });
  assert.deepEqual((await once(socket, "message")).map(String), ["private", "false"]);
  socket.close();
  assert.deepEqual(await closed(socket), ["close 1005 [3]"]);
  await assert.rejects(connect(`https://localhost:${port}`, [], { family: 4 }), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
});

// --- Handshakes that come to nothing.

test("nobody listens: error, and then close with 1006", async (context) => {
  const server = net.createServer();
  const port = await listen(context, server);
  server.close();
  await once(server, "close");
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  assert.deepEqual(await closed(socket), [`error connect ECONNREFUSED 127.0.0.1:${port} [2]`, "close 1006 [3]"]);
  await assert.rejects(connect(`ws://127.0.0.1:${port}`), { code: "ECONNREFUSED" });
});

test("a redirect is not followed", async (context) => {
  const url = await rawServer(context, (socket) => socket.end("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n"));
  assert.deepEqual(await closed(new WebSocket(url)), ["error Unexpected server response: 302 [2]", "close 1006 [3]"]);
});

test("a server that never answers: the handshake times out", async (context) => {
  const url = await rawServer(context, (socket) => socket.write("HTTP/1.1 101 Switching"));
  const socket = new WebSocket(url, { handshakeTimeout: 20 });
  assert.deepEqual(await closed(socket), ["error Opening handshake has timed out [2]", "close 1006 [3]"]);
});

test("handshakeTimeout: 0 waits for ever", async (context) => {
  const timers = context.mock.method(globalThis, "setTimeout");
  const url = await rawServer(context, (socket, request) => socket.write(switching(request)));
  (await connect(url, [], { handshakeTimeout: 0 })).terminate();
  assert.deepEqual(timers.mock.calls.filter((call) => Number(call.arguments[1]) >= 5_000), []);
});

test("a server that sends its answer byte by byte cannot stretch the timeout", async (context) => {
  const url = await rawServer(context, (socket) => {
    const timer = setInterval(() => socket.write("HTTP/1.1 100 Continue\r\n\r\n"), 5);
    socket.on("close", () => clearInterval(timer));
  });
  const socket = new WebSocket(url, { handshakeTimeout: 100 });
  assert.deepEqual(await closed(socket), ["error Opening handshake has timed out [2]", "close 1006 [3]"]);
});

test("unexpected-response: who listens, reads it and ends it", async (context) => {
  const url = await rawServer(context, (socket) => socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nno!"));
  const socket = new WebSocket(url, { handshakeTimeout: 5_000 });
  const { events, until } = eventsOf(socket);
  const [, response] = await once(socket, "unexpected-response");
  let body = "";
  for await (const part of response as IncomingMessage) body += part;
  assert.deepEqual([response.statusCode, body, socket.readyState], [401, "no!", WebSocket.CONNECTING]);
  socket.terminate();
  await until("close");
  assert.deepEqual(events, ["error WebSocket was closed before the connection was established [2]", "close 1006 [3]"]);
});

for (const method of ["close", "terminate"] as const) {
  test(`${method}() while it connects: an error, 1006, and no connection`, async (context) => {
    let isGone: Promise<unknown> = Promise.resolve();
    const url = await rawServer(context, (socket) => {
      isGone = once(socket, "close");
      socket.on("end", () => socket.end());
      client[method]();
    });
    const client = new WebSocket(url);
    assert.deepEqual(await closed(client), ["error WebSocket was closed before the connection was established [2]", "close 1006 [3]"]);
    await isGone;
    client.close();
    client.terminate();
    assert.equal(client.readyState, WebSocket.CLOSED);
  });

  test(`${method}() at once: nothing is emitted before the caller can listen`, async () => {
    const socket = new WebSocket("ws://127.0.0.1:9");
    socket[method]();
    assert.equal(socket.readyState, WebSocket.CLOSING);
    socket[method]();
    assert.deepEqual(await closed(socket), ["error WebSocket was closed before the connection was established [2]", "close 1006 [3]"]);
  });

  test(`${method}() in a listener of "upgrade"`, async (context) => {
    const url = await rawServer(context, (socket, request) => socket.write(switching(request)));
    const socket = new WebSocket(url);
    socket.on("upgrade", () => socket[method]());
    assert.deepEqual(await closed(socket), ["upgrade 101 [2]", "error WebSocket was closed before the connection was established [2]", "close 1006 [3]"]);
  });
}

test("close() in a listener of \"open\"", async (context) => {
  const url = await rawServer(context, (socket, request) => {
    socket.write(switching(request));
    socket.once("data", () => socket.end(CLOSE_1000));
  });
  const socket = new WebSocket(url);
  socket.on("open", () => socket.close(1000));
  assert.deepEqual(await closed(socket), ["upgrade 101 [0]", "open [2]", "close 1000 [3]"]);
});

test("an AbortSignal ends the handshake", async (context) => {
  const controller = new AbortController();
  const url = await rawServer(context, () => controller.abort());
  await assert.rejects(connect(url, [], { signal: controller.signal }), { name: "AbortError" });
});

test("a header that we must see is seen behind a thousand others", async (context) => {
  const many = Array.from({ length: 1_200 }, (_, i) => `x-${i}: 1\r\n`).join("");
  const url = await rawServer(context, (socket, request) => socket.write(switching(request, `${many}Sec-WebSocket-Extensions: x\r\n`)));
  assert.match((await closed(new WebSocket(url))).join(), /^upgrade 101 \[0\],error Server sent a Sec-WebSocket-Extensions header/);
});

// --- Closing.

test("a server that does not hang up is let go of after closeTimeout", async (context) => {
  const url = await rawServer(context, (socket, request) => {
    socket.write(switching(request));
    socket.write(CLOSE_1000);
  });
  const socket = new WebSocket(url, { closeTimeout: 20 });
  assert.deepEqual((await closed(socket)).slice(2), ["close 1000 [3]"]);
});

test("the server hangs up first, and our FIN follows", async (context) => {
  const ends: string[] = [];
  const url = await rawServer(context, (socket, request) => {
    socket.write(switching(request));
    socket.write(CLOSE_1000);
    socket.on("data", () => {
      // Its close frame has come. A FIN would come with it, or in the next turns.
      setTimeout(() => {
        ends.push("we");
        socket.end();
      }, 50);
    });
    socket.on("end", () => void ends.push("the client"));
  });
  await closed(new WebSocket(url));
  while (ends.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(ends, ["we", "the client"]);
});

test("no timer is left when it is over", async (context) => {
  const started = context.mock.method(globalThis, "setTimeout");
  const cleared = context.mock.method(globalThis, "clearTimeout");
  const url = await rawServer(context, (socket, request) => {
    socket.write(request.includes("/bad") ? "HTTP/1.1 404 No\r\n\r\n" : switching(request));
    socket.end(CLOSE_1000);
  });
  for (const path of ["good", "bad", "good", "bad"]) await closed(new WebSocket(url + path));
  const ended = cleared.mock.calls.map((call) => call.arguments[0]);
  const ours = started.mock.calls.filter((call) => call.arguments[1] === 10_000);
  assert.equal(ours.length, 6, "four handshakes, and two that close");
  assert.deepEqual(ours.filter((call) => !ended.includes(call.result)), []);
});

// --- The rest of the API.

test("the constructor: what throws, and what does not", () => {
  const construct = (...args: unknown[]) => () => new WebSocket(...(args as [string, string[], ClientOptions]));
  assert.throws(construct("nonsense"), SyntaxError);
  assert.throws(construct("ws://a/#fragment"), SyntaxError);
  assert.throws(construct("ws://a/", ["b", "b"]), SyntaxError);
  assert.throws(construct("ws://a/", null), SyntaxError);
  assert.throws(construct("ws://a/", "b c"), SyntaxError);
  for (const maxPayload of [Number.NaN, -1]) {
    assert.throws(construct("ws://a/", [], { maxPayload }), RangeError);
    assert.throws(construct("ws://a/", { maxPayload }), RangeError);
  }
  assert.equal(new WebSocket(null).readyState, WebSocket.CONNECTING);
  assert.equal(new WebSocket(null).url, undefined);
});

test("send() while it connects throws", async (context) => {
  const url = await rawServer(context, () => {});
  const socket = new WebSocket(url);
  assert.throws(() => socket.send("too early"), /readyState 0 \(CONNECTING\)/);
  socket.terminate();
  await closed(socket);
});

test("listeners as in a browser", async (context) => {
  const server = http.createServer();
  new WebSocketServer({ server }).on("connection", (peer) => {
    peer.send("hello");
    peer.close(4001, "bye");
  });
  const socket = new WebSocket(`ws://127.0.0.1:${await listen(context, server)}`);
  const events: unknown[] = [];
  socket.onopen = ({ type }) => void events.push(type);
  socket.onmessage = ({ type, data }) => void events.push([type, data]);
  socket.onerror = ({ type }) => void events.push(type);
  socket.addEventListener("close", ({ type, code, reason, wasClean }) => void events.push([type, code, reason, wasClean]));
  await once(socket, "close");
  assert.deepEqual(events, ["open", ["message", "hello"], ["close", 4001, "bye", true]]);
});

test("createConnection and agent are Node's", async (context) => {
  const server = http.createServer();
  new WebSocketServer({ server });
  const port = await listen(context, server);
  let created = 0;
  const createConnection = () => {
    created++;
    return net.connect(port, "127.0.0.1");
  };
  (await connect("ws://example.invalid/", [], { createConnection })).terminate();
  class CountingAgent extends http.Agent {
    override createConnection = createConnection;
  }
  (await connect("ws://example.invalid/", [], { agent: new CountingAgent() as http.Agent })).terminate();
  assert.equal(created, 2);
});

test("a hundred clients at once", async (context) => {
  const server = http.createServer();
  const webSocketServer = new WebSocketServer({ server });
  webSocketServer.on("connection", (peer) => peer.on("message", (data) => peer.send(String(data))));
  const url = `ws://127.0.0.1:${await listen(context, server)}`;
  await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const socket = await connect(url);
      socket.send(`I am ${i}`);
      assert.equal(String((await once(socket, "message"))[0]), `I am ${i}`);
      socket.close();
      await once(socket, "close");
    }),
  );
  while (webSocketServer.clients?.size) await new Promise((resolve) => setImmediate(resolve));
});
