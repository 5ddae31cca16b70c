import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { WebSocketServer as WsServer } from "ws";
import { connect } from "./connect.ts";
import type { PerMessageDeflate } from "./message-compression.ts";
import { WebSocketServer } from "./websocket-server.ts";
import { WebSocket } from "./websocket.ts";

// Compression as a client does it, with our server and with that of ws.

const limit = { timeout: 20_000 };
const MESSAGES = ["", "x", "Websockets are great", "Websockets are great", "0123456789".repeat(7000), "\u{1f600}".repeat(500)];
const offers: PerMessageDeflate[] = [
  true,
  { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 },
  { clientNoContextTakeover: true },
  { serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
  { clientMaxWindowBits: false, zlibDeflateOptions: { level: 1 } },
];

type Echo = { url: string; requests: IncomingMessage[] };

async function startOurs(context: TestContext, perMessageDeflate: boolean): Promise<Echo> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
  const requests: IncomingMessage[] = [];
  server.on("connection", (socket, request) => {
    requests.push(request);
    socket.on("message", (data, binary) => void socket.send(data, { binary }));
  });
  context.after(() => server.shutdown(0));
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

async function startWs(context: TestContext, perMessageDeflate: boolean): Promise<Echo> {
  const server = new WsServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
  const requests: IncomingMessage[] = [];
  server.on("connection", (socket, request) => {
    requests.push(request);
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  context.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

for (const [name, start] of Object.entries({ ours: startOurs, ws: startWs })) {
  for (const perMessageDeflate of offers) {
    test(`${name}: messages come back, with ${JSON.stringify(perMessageDeflate)}`, limit, async (context) => {
      const socket = await connect((await start(context, true)).url, [], { perMessageDeflate });
      assert.equal(socket.extensions, "permessage-deflate");
      for (const text of MESSAGES) {
        for (const data of [text, Buffer.from(text)]) {
          socket.send(data);
          const [echo, isBinary] = await once(socket, "message");
          assert.equal(String(echo), text);
          assert.equal(isBinary, typeof data !== "string");
        }
      }
      socket.send("0123456789".repeat(100), { fin: false });
      socket.ping("in between");
      socket.send("the end");
      assert.equal(String((await once(socket, "message"))[0]), `${"0123456789".repeat(100)}the end`);
      socket.close(1000);
      assert.equal((await once(socket, "close"))[0], 1000);
    });
  }

  test(`${name}: what repeats itself shrinks, in both directions`, limit, async (context) => {
    const { url, requests } = await start(context, true);
    const socket = await connect(url, [], { perMessageDeflate: true });
    const [request] = requests;
    assert.equal(request?.headers["sec-websocket-extensions"], "permessage-deflate; client_max_window_bits");
    const { bytesRead, bytesWritten } = request.socket;
    socket.send("0123456789".repeat(7000));
    await once(socket, "message");
    assert.ok(request.socket.bytesRead - bytesRead < 1000 && request.socket.bytesWritten - bytesWritten < 1000);
    socket.terminate();
  });

  test(`${name}: a server that declines, and a client that does not offer`, limit, async (context) => {
    const declining = await connect((await start(context, false)).url, [], { perMessageDeflate: true });
    const { url, requests } = await start(context, true);
    const plain = await connect(url);
    assert.equal(requests[0]?.headers["sec-websocket-extensions"], undefined);
    for (const socket of [declining, plain]) {
      assert.equal(socket.extensions, "");
      socket.send("plain");
      assert.equal(String((await once(socket, "message"))[0]), "plain");
      socket.terminate();
    }
  });
}

for (const answer of ["x", "permessage-deflate; x", "permessage-deflate, permessage-deflate", "permessage-deflate;"]) {
  test(`the answer "${answer}" fails the connection`, limit, async (context) => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    server.on("headers", (lines) => lines.push(`Sec-WebSocket-Extensions: ${answer}`));
    context.after(() => server.shutdown(0));
    await once(server, "listening");
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await assert.rejects(connect(url, [], { perMessageDeflate: true }), { message: "Invalid Sec-WebSocket-Extensions header" });
    await assert.rejects(connect(url), { message: /but no extension was requested$/ });
  });
}

test("a message that becomes too long for the client: 1009", limit, async (context) => {
  const { url } = await startWs(context, true);
  const socket = await connect(url, [], { perMessageDeflate: true, maxPayload: 10_000 });
  socket.send("x".repeat(10_001));
  const [error] = await once(socket, "error");
  assert.equal(error.code, 1009);
  socket.terminate();
});

test("a window that does not exist is refused at once", () => {
  assert.throws(() => new WebSocket("ws://127.0.0.1:9", [], { perMessageDeflate: { clientMaxWindowBits: 16 } }), RangeError);
});

test("a broadcast reaches clients with compression and without, between compressed messages", limit, async (context) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: true });
  context.after(() => server.shutdown(0));
  await once(server, "listening");
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = [await connect(url, [], { perMessageDeflate: true }), await connect(url)];
  const received: string[][] = [[], []];
  clients.forEach((client, index) => client.on("message", (data) => received[index]?.push(String(data))));
  const all = [...(server.clients ?? [])];
  const text = "Websockets are great. ".repeat(100);
  for (let round = 0; round < 3; round++) {
    for (const socket of all) socket.send(text);
    server.broadcast(`${text}${round}`);
    for (const socket of all) socket.send(text, { compress: false });
  }
  // Into a message of compressed fragments it goes as the last of them.
  for (const socket of all) socket.send("begun, ", { fin: false });
  server.broadcast("ended");
  server.broadcast("the end");
  await Promise.all(clients.map(async (client) => {
    while (received[clients.indexOf(client)]?.at(-1) !== "the end") await once(client, "message");
  }));
  const expected = [0, 1, 2].flatMap((round) => [text, `${text}${round}`, text]);
  for (const list of received) assert.deepEqual(list, [...expected, "begun, ended", "the end"]);
});
