import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { createClient } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { WebSocket as WsClient } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { serveDocument } from "../../scripts/browsers/compat-suite.ts";
import { WebSocketServer } from "./websocket-server.ts";

// Programs that were written for ws, with our server in its place and otherwise as they are. Their
// types name the classes of ws, which is what the casts to `never` are for.

const limit = { timeout: 20_000 };

async function listen(context: TestContext, server: http.Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  context.after(() => server.closeAllConnections());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function startServer(context: TestContext): Promise<{ server: WebSocketServer; port: number }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  context.after(() => {
    server.close();
    for (const client of server.clients ?? []) client.terminate();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

for (const transports of [["websocket"], ["polling", "websocket"]]) {
  test(`Socket.IO over ${transports.join(", then ")}`, limit, async (context) => {
    const httpServer = http.createServer();
    const server = new Server(httpServer, { wsEngine: WebSocketServer });
    assert.ok((server.engine as unknown as { ws: unknown }).ws instanceof WebSocketServer);
    const port = await listen(context, httpServer);
    context.after(() => server.close());
    server.on("connection", (socket) => {
      socket.join("everyone");
      socket.on("hello", (name: string, bytes: Uint8Array, answer: (...args: unknown[]) => void) => {
        answer(`hello ${name}`, Buffer.from(bytes).reverse());
        server.to("everyone").emit("news", { name, bytes });
      });
    });

    const connect = async () => {
      const client = io(`http://127.0.0.1:${port}`, { transports, forceNew: true });
      context.after(() => client.close());
      await connected(client);
      return client;
    };
    const [client, other] = [await connect(), await connect()];
    if (client.io.engine.transport.name !== "websocket") await once(emitterOf(client.io.engine), "upgrade");
    assert.equal(client.io.engine.transport.name, "websocket");

    const news = Promise.all([client, other].map((socket) => once(emitterOf(socket), "news")));
    const [text, bytes] = await new Promise<[string, Uint8Array]>((resolve) => {
      client.emit("hello", "ws", Uint8Array.of(1, 2, 3), (...args: [string, Uint8Array]) => resolve(args));
    });
    assert.deepEqual([text, [...bytes]], ["hello ws", [3, 2, 1]]);
    for (const [{ name, bytes }] of await news) assert.deepEqual([name, [...bytes]], ["ws", [1, 2, 3]]);

    const gone = once(emitterOf(other), "disconnect");
    server.disconnectSockets(true);
    assert.match(String((await gone)[0]), /^(transport close|io server disconnect)$/);
  });
}

function connected(client: Socket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve(undefined));
    client.once("connect_error", reject);
  });
}

/** Its events, for `once` of node:events. */
function emitterOf(source: unknown): NodeJS.EventEmitter {
  return source as NodeJS.EventEmitter;
}

test("graphql-ws: a query, and a subscription that ends", limit, async (context) => {
  const { server, port } = await startServer(context);
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: "Query",
      fields: { hello: { type: GraphQLString, resolve: () => "world" } },
    }),
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
  const disposable = useServer({ schema }, server as never);
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WsClient });
  context.after(() => client.dispose());

  const results: unknown[] = [];
  for await (const { data } of client.iterate({ query: "{ hello }" })) results.push(data?.hello);
  for await (const { data } of client.iterate({ query: "subscription { greeting }" })) results.push(data?.greeting);
  assert.deepEqual(results, ["world", "Hi", "Bonjour", "Hola"]);
  assert.equal([...(server.clients ?? [])][0]?.protocol, "graphql-transport-ws");
  await disposable.dispose();
});

test("graphql-ws: a client with another subprotocol is closed with 4406", limit, async (context) => {
  const { server, port } = await startServer(context);
  const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: "Query", fields: { a: { type: GraphQLString } } }) });
  useServer({ schema }, server as never);
  const client = new WsClient(`ws://127.0.0.1:${port}/`);
  assert.equal((await once(client, "close"))[0], 4406);
});

test("tRPC: a query, a subscription, and notice of a restart", limit, async (context) => {
  const { server, port } = await startServer(context);
  const t = initTRPC.create();
  const router = t.router({
    add: t.procedure.input((value) => value as number[]).query(({ input }) => input.reduce((a, b) => a + b, 0)),
    countdown: t.procedure.subscription(async function* () {
      for (const count of [3, 2, 1]) yield count;
    }),
  });
  const handler = applyWSSHandler({ wss: server as never, router });
  const socket = createWSClient({ url: `ws://127.0.0.1:${port}/`, WebSocket: WsClient as never });
  context.after(() => socket.close());
  const client = createTRPCClient<typeof router>({ links: [wsLink({ client: socket })] });

  assert.equal(await client.add.query([1, 2, 3]), 6);
  const counts = await new Promise<number[]>((resolve, reject) => {
    const seen: number[] = [];
    client.countdown.subscribe(undefined, { onData: (count) => void seen.push(count), onComplete: () => resolve(seen), onError: reject });
  });
  assert.deepEqual(counts, [3, 2, 1]);
  handler.broadcastReconnectNotification();
});

test("y-websocket: two documents become one", limit, async (context) => {
  const { server, port } = await startServer(context);
  serveDocument(server, new Y.Doc());
  const connect = async (doc: Y.Doc) => {
    const options = { WebSocketPolyfill: WsClient as never, disableBc: true };
    const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, "room", doc, options);
    context.after(() => {
      provider.destroy();
      // Its awareness has a timer of its own, which ends with the document.
      doc.destroy();
    });
    if (!provider.synced) await new Promise((resolve) => provider.once("sync", resolve));
  };
  const [first, second] = [new Y.Doc(), new Y.Doc()];
  first.getText("text").insert(0, "great");
  await Promise.all([connect(first), connect(second)]);
  while (second.getText("text").length === 0) await once(emitterOf(second), "update");
  second.getText("text").insert(0, "Websockets are ");
  while (first.getText("text").length < 20) await once(emitterOf(first), "update");
  assert.equal(first.getText("text").toString(), "Websockets are great");
  assert.equal(second.getText("text").toString(), "Websockets are great");
});
