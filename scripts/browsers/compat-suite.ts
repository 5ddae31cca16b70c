import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { build } from "esbuild";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { Server } from "socket.io";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";
import { WebSocketServer } from "../../steps/14-websocket-server/websocket-server.ts";
import { findBrowser, launchBrowser, notInstalled, type BrowserName } from "./browsers.ts";

// The browser sides of Socket.IO, graphql-ws and y-websocket, in a page, with our server behind them.

const limit = { timeout: 60_000 };

/** What runs in the page. It leaves what it has seen in `result`. */
const PAGE = `
import { createClient } from "graphql-ws";
import { io } from "socket.io-client";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

async function overSocketIo(transports) {
  const socket = io({ transports, forceNew: true });
  const answer = await new Promise((resolve, reject) => {
    socket.on("connect_error", reject);
    socket.on("connect", () => socket.emit("hello", Uint8Array.of(1, 2, 3), resolve));
  });
  const { engine } = socket.io;
  if (engine.transport.name !== "websocket") await new Promise((resolve) => engine.once("upgrade", resolve));
  const { name } = engine.transport;
  socket.close();
  return [name, ...new Uint8Array(answer)].join(" ");
}

async function overGraphql() {
  const client = createClient({ url: "ws://" + location.host + "/graphql" });
  const greetings = [];
  for await (const { data } of client.iterate({ query: "subscription { greeting }" })) greetings.push(data.greeting);
  await client.dispose();
  return greetings.join(" ");
}

async function overYjs() {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider("ws://" + location.host + "/y", "room", doc, { disableBc: true });
  await new Promise((resolve) => provider.once("sync", resolve));
  doc.getText("text").insert(0, "Websockets are ");
  return doc.getText("text").toString();
}

const tries = [overSocketIo(["websocket"]), overSocketIo(["polling", "websocket"]), overGraphql(), overYjs()];
window.result = await Promise.all(tries.map((attempt) => attempt.catch((error) => "failed: " + error)));
`;

/** Tries the page in these browsers. */
export function declareCompat(names: readonly BrowserName[]): void {
  for (const name of names) {
    const program = findBrowser(name);
    const skip = program === undefined && notInstalled(name);
    test(`${name}: Socket.IO, graphql-ws and y-websocket on our server`, { ...limit, skip }, async (context) => {
      const doc = new Y.Doc();
      doc.getText("text").insert(0, "great");
      const [url, launched] = await Promise.all([serve(context, doc), launchBrowser(name, program ?? "")]);
      context.after(() => launched.close());
      const page = await launched.browser.newPage();
      await page.goto(url);
      await page.waitForFunction("window.result !== undefined", { timeout: 30_000 });
      assert.deepEqual(await page.evaluate("window.result"), [
        "websocket 3 2 1",
        "websocket 3 2 1",
        "Hi Bonjour Hola",
        "Websockets are great",
      ]);
      while (doc.getText("text").length < 20) await once(doc as unknown as NodeJS.EventEmitter, "update");
      assert.equal(doc.getText("text").toString(), "Websockets are great");
    });
  }
}

/** Serves the page, and everything that it talks to, on one port. Returns the page's address. */
async function serve(context: { after(fn: () => void): void }, doc: Y.Doc): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    format: "esm",
    write: false,
  });
  const httpServer = http.createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? outputFiles[0]?.text : '<!doctype html><script type="module" src="/page.js"></script>');
  });

  const graphql = new WebSocketServer({ noServer: true });
  useServer({ schema: greetings() }, graphql as never);
  const documents = new WebSocketServer({ noServer: true });
  serveDocument(documents, doc);
  const socketIo = new Server(httpServer, { wsEngine: WebSocketServer });
  socketIo.on("connection", (socket) => {
    socket.on("hello", (bytes: Uint8Array, answer: (bytes: Uint8Array) => void) => answer(Buffer.from(bytes).reverse()));
  });
  httpServer.on("upgrade", (request, socket, head) => {
    const server = { "/graphql": graphql, "/y/room": documents }[request.url ?? ""];
    server?.handleUpgrade(request, socket, head, (webSocket) => server.emit("connection", webSocket, request));
  });

  httpServer.listen(0, "127.0.0.1");
  await once(httpServer, "listening");
  context.after(() => {
    void socketIo.close();
    for (const server of [graphql, documents]) for (const client of server.clients ?? []) client.terminate();
    httpServer.closeAllConnections();
  });
  return `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}/`;
}

function greetings(): GraphQLSchema {
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: "Query", fields: { hello: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: "Subscription",
      fields: {
        greeting: {
          type: GraphQLString,
          async *subscribe() {
            for (const greeting of ["Hi", "Bonjour", "Hola"]) yield { greeting };
          },
        },
      },
    }),
  });
}

/** A server for y-websocket, as small as can be: one document, and its changes to everyone. */
export function serveDocument(server: WebSocketServer, doc: Y.Doc): void {
  const SYNC = 0;
  const send = (target: { send(data: Uint8Array): void }, write: (encoder: encoding.Encoder) => void) => {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SYNC);
    write(encoder);
    if (encoding.length(encoder) > 1) target.send(encoding.toUint8Array(encoder));
  };
  server.on("connection", (socket) => {
    socket.binaryType = "arraybuffer";
    socket.on("message", (data) => {
      const decoder = decoding.createDecoder(new Uint8Array(data as ArrayBuffer));
      if (decoding.readVarUint(decoder) !== SYNC) return;
      send(socket, (encoder) => void sync.readSyncMessage(decoder, encoder, doc, socket));
    });
    send(socket, (encoder) => sync.writeSyncStep1(encoder, doc));
  });
  doc.on("update", (update: Uint8Array, origin: unknown) => {
    for (const client of server.clients ?? []) {
      if (client !== origin) send(client, (encoder) => sync.writeUpdate(encoder, update));
    }
  });
}
