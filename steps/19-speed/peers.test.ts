import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { WebSocket as WsClient, type PerMessageDeflateOptions } from "ws";
import { MessageCompression } from "./message-compression.ts";
import { formatExtension, negotiate } from "./permessage-deflate.ts";
import { parseExtensions } from "./header-values.ts";
import type { ServerOptions } from "./server-options.ts";
import { WebSocketServer } from "./websocket-server.ts";
import type { WebSocket } from "./websocket.ts";

// Compression with clients that other people wrote.

const limit = { timeout: 60_000 };
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

type Started = { server: WebSocketServer; url: string };

/** A server that echoes, each message as it came: with the same kind, and in two fragments if it is long. */
async function start(context: TestContext, perMessageDeflate: ServerOptions["perMessageDeflate"], act?: (socket: WebSocket, request: IncomingMessage) => void): Promise<Started> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...(perMessageDeflate === undefined ? {} : { perMessageDeflate }) });
  server.on("connection", (socket, request) => {
    socket.on("error", () => {});
    if (act !== undefined) return act(socket, request);
    socket.on("message", (data, binary) => {
      const bytes = data as Buffer;
      if (bytes.length % 2 === 1) socket.send(bytes.subarray(0, bytes.length >> 1), { binary, fin: false });
      socket.send(bytes.subarray(bytes.length % 2 === 1 ? bytes.length >> 1 : 0), { binary });
    });
  });
  await once(server, "listening");
  context.after(() => {
    server.close();
    for (const client of server.clients ?? []) client.terminate();
  });
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function connect(context: TestContext, url: string, options: PerMessageDeflateOptions | boolean): Promise<WsClient> {
  const client = new WsClient(url, { perMessageDeflate: options });
  context.after(() => client.terminate());
  await once(client, "open");
  return client;
}

function randomNumbers(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const serverSides: ServerOptions["perMessageDeflate"][] = [
  true,
  { serverNoContextTakeover: true },
  { clientNoContextTakeover: true, threshold: 0 },
  { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 64 },
  { serverMaxWindowBits: 8 },
  { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
  { serverMaxWindowBits: 12, clientMaxWindowBits: 8, zlibDeflateOptions: { level: 1, memLevel: 1 } },
  { clientMaxWindowBits: 15, zlibDeflateOptions: { level: 9, memLevel: 9 } },
];

const clientSides: PerMessageDeflateOptions[] = [
  {},
  { threshold: 0, serverNoContextTakeover: true },
  { threshold: 0, clientNoContextTakeover: true },
  { threshold: 100, serverNoContextTakeover: true, clientNoContextTakeover: true },
  { serverMaxWindowBits: 8 },
  { clientMaxWindowBits: 9 },
  { serverMaxWindowBits: 11, clientMaxWindowBits: 13 },
  { serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
];

for (const [i, serverSide] of serverSides.entries()) {
  test(`ws: random messages, our side ${JSON.stringify(serverSide)}`, limit, async (context) => {
    const { url } = await start(context, serverSide);
    for (const [j, clientSide] of clientSides.entries()) {
      const random = randomNumbers(seed + i * 100 + j);
      const what = `client ${JSON.stringify(clientSide)}, SEED=${seed}`;
      const client = await connect(context, url, clientSide);
      assert.equal(client.extensions, "permessage-deflate", what);
      const messages = Array.from({ length: 40 }, () => {
        const length = random([1, 2, 130, 1_100, 40_000][random(5)] ?? 1);
        const alphabet = [1, 4, 256][random(3)] ?? 1;
        return { data: Buffer.from(Array.from({ length }, () => 97 + random(alphabet))), binary: alphabet === 256 || random(2) === 0 };
      });
      const got: [Buffer, boolean][] = [];
      const done = new Promise<void>((resolve, reject) => {
        client.on("error", reject);
        client.on("message", (data: Buffer, isBinary) => {
          got.push([data, isBinary]);
          if (got.length === messages.length) resolve();
        });
      });
      for (const { data, binary } of messages) {
        const compress = random(4) > 0;
        const at = random(3) === 0 ? random(data.length + 1) : 0;
        if (at > 0) client.send(data.subarray(0, at), { binary, compress, fin: false });
        if (random(3) === 0) client.ping("in between");
        client.send(data.subarray(at), { binary, compress });
      }
      await done;
      for (const [k, { data, binary }] of messages.entries()) {
        const [came, isBinary] = got[k] ?? [];
        assert.ok(came?.equals(data) && isBinary === binary, `message ${k} of ${data.length} bytes, ${what}`);
      }
      client.terminate();
    }
  });
}

test("ws: pings, messages and the end keep their order", limit, async (context) => {
  const { url } = await start(context, true, (socket) => {
    const log: string[] = [];
    socket.on("message", (data) => log.push(`message ${data.byteLength}`));
    socket.on("ping", (data) => log.push(`ping ${data}`));
    socket.on("close", (code) => log.push(`close ${code}`));
    socket.on("message", () => socket.send("x".repeat(5_000)));
    context.after(() => assert.deepEqual(log, ["message 100000", "ping 1", "message 3", "close 4000"]));
  });
  const client = await connect(context, url, { threshold: 0 });
  const got: string[] = [];
  client.on("message", (data: Buffer) => got.push(`message ${data.length}`));
  client.on("pong", (data) => got.push(`pong ${data}`));
  client.send("y".repeat(100_000));
  client.ping("1");
  client.send("abc");
  client.close(4000);
  const [code] = (await once(client, "close")) as [number];
  assert.deepEqual([code, got], [4000, ["message 5000", "pong 1", "message 5000"]]);
});

test("ws: without the option there is no compression, on either side", limit, async (context) => {
  for (const [ours, theirs] of [[undefined, true], [false, true], [true, false]] as const) {
    const { server, url } = await start(context, ours);
    const client = await connect(context, url, theirs);
    assert.equal(client.extensions, "");
    assert.deepEqual([...(server.clients ?? [])].map((socket) => socket.extensions), [""]);
    client.send("plain", { compress: true });
    assert.equal(String((await once(client, "message"))[0]), "plain");
  }
});

test("ws: `compress` and the threshold decide what goes over the wire", limit, async (context) => {
  const text = "compress me, ".repeat(100);
  const compressed = new MessageCompression({}, true).compress(Buffer.from(text), true);
  const sizes: number[] = [];
  const { url } = await start(context, { serverNoContextTakeover: true }, (socket) => {
    assert.equal(socket.extensions, "permessage-deflate");
    const measure = (...args: [string, { compress?: boolean }?]) => {
      // They are gathered first, and leave together.
      const before = socket.bufferedAmount;
      socket.send(...args);
      sizes.push(socket.bufferedAmount - before);
    };
    measure(text);
    measure(text, { compress: false });
    measure(text.slice(0, 1000));
    measure(text, { compress: true });
  });
  const client = new WsClient(url, { perMessageDeflate: true });
  context.after(() => client.terminate());
  const got: string[] = [];
  await new Promise<void>((resolve) => client.on("message", (data: Buffer) => got.push(String(data)) === 4 && resolve()));
  assert.deepEqual(got, [text, text, text.slice(0, 1000), text]);
  assert.deepEqual(sizes, [compressed.length + 2, text.length + 4, 1000 + 4, compressed.length + 2]);
});

test("ws: a message that becomes too long, and one that is broken", limit, async (context) => {
  const { url } = await start(context, true, (socket) => socket.on("message", (data) => socket.send(`${data.byteLength}`)));
  const long = await connect(context, url, true);
  long.send(Buffer.alloc(1024 * 1024));
  assert.equal(String((await once(long, "message"))[0]), `${1024 * 1024}`);
  long.on("error", () => {});
  long.send(Buffer.alloc(1024 * 1024 + 1));
  assert.equal((await once(long, "close"))[0], 1009);

  const bad = await connect(context, url, { threshold: 0 });
  bad.send(Buffer.from([0xc3, 0x28]), { binary: false });
  assert.equal((await once(bad, "close"))[0], 1007);
});

test("the agreement is the same whichever side reads it", () => {
  const header = "permessage-deflate; client_max_window_bits";
  const agreement = negotiate(parseExtensions(header) ?? [], { serverMaxWindowBits: 9, clientMaxWindowBits: 9 });
  assert.ok(agreement);
  assert.equal(formatExtension(agreement), "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9");
  const [server, client] = [new MessageCompression(agreement, true), new MessageCompression(agreement, false)];
  for (const text of ["one", "one, two", "one, two, three"]) {
    assert.equal(client.decompress(server.compress(Buffer.from(text), true), 100).toString(), text);
    assert.equal(server.decompress(client.compress(Buffer.from(text), true), 100).toString(), text);
  }
});

interface BuiltInClient extends EventTarget {
  readonly extensions: string;
  send(data: string): void;
  close(): void;
}
const BuiltIn = (globalThis as { WebSocket?: new (url: string) => BuiltInClient }).WebSocket;
const skip = BuiltIn === undefined && "Node has a WebSocket client from version 22 on";

test("Node's own client", { ...limit, skip }, async (context) => {
  for (const perMessageDeflate of serverSides) {
    const { url } = await start(context, perMessageDeflate);
    const client = new (BuiltIn as new (url: string) => BuiltInClient)(url);
    const next = (name: string) => new Promise<{ data: string }>((resolve) => client.addEventListener(name, (event) => resolve(event as never), { once: true }));
    await next("open");
    context.diagnostic(`${JSON.stringify(perMessageDeflate)}: ${client.extensions || "no compression"}`);
    for (let i = 0; i < 30; i++) {
      const text = `message ${i}, ${"ä€😀".repeat(i * i * 5)}`;
      client.send(text);
      assert.equal((await next("message")).data, text);
    }
    client.close();
    await next("close");
  }
});

const PYTHON = "/usr/bin/python3";
const hasPython = spawnSync(PYTHON, ["-c", "import websockets"]).status === 0;
const PROGRAM = `
import asyncio, sys, websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

async def main(url):
    for options in [
        dict(),
        dict(server_no_context_takeover=True),
        dict(client_no_context_takeover=True),
        dict(server_max_window_bits=9),
        dict(client_max_window_bits=9),
        dict(server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 4}),
    ]:
        factory = ClientPerMessageDeflateFactory(**{"client_max_window_bits": True, **options})
        async with websockets.connect(url, compression=None, extensions=[factory], max_size=None) as client:
            for i in range(40):
                for sent in (f"message {i} " + "ä€😀" * i * i, bytes(range(256)) * i, ""):
                    await client.send(sent)
                    assert await client.recv() == sent, f"{options}, message {i} came back changed"
            await client.send(["fragments", " of ", "a text: €"])
            assert await client.recv() == "fragments of a text: €"

asyncio.run(main(sys.argv[1]))
`;

test("python-websockets", { ...limit, skip: !hasPython && "python3-websockets is not installed" }, async (context) => {
  const { url } = await start(context, true);
  const python = spawn(PYTHON, ["-c", PROGRAM, url], { stdio: ["ignore", "inherit", "pipe"] });
  let errors = "";
  python.stderr.on("data", (chunk) => void (errors += chunk));
  const [status] = (await once(python, "close")) as [number];
  assert.equal(status, 0, errors);
});
