import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WebSocket as WsClient } from "ws";
import { exitCode, startProcess, typescriptCommand } from "../lib/processes.ts";
import { listSteps } from "../lib/steps.ts";
import { ServerUnderTest } from "./server-under-test.ts";

// Clients that other people wrote must get along with the server of the newest step.
const newest = listSteps().at(-1);
assert.ok(newest);
const server = new ServerUnderTest(typescriptCommand(join(newest.folder, "server.ts")));
const SIZES = [0, 1, 125, 126, 127, 65535, 65536, 70_000, 1024 * 1024];
const url = () => `ws://127.0.0.1:${server.port}/`;

before(() => server.ensureRunning());
after(() => server.stop());

async function openWs(): Promise<WsClient> {
  const client = new WsClient(url(), { perMessageDeflate: false });
  await once(client, "open");
  return client;
}

/** What comes back of a message: its bytes, and of which kind it is. */
async function nextMessage(client: WsClient): Promise<[data: Buffer, isBinary: boolean]> {
  const [data, isBinary] = (await once(client, "message")) as [Buffer, boolean];
  return [data, isBinary];
}

async function closingOf(client: WsClient): Promise<[code: number, reason: string]> {
  const [code, reason] = (await once(client, "close")) as [number, Buffer];
  return [code, reason.toString()];
}

test("ws: text and binary of every size, both ways", async () => {
  const client = await openWs();
  for (const size of SIZES) {
    for (const binary of [false, true]) {
      const sent = Buffer.alloc(size, binary ? "\0\xff" : "text");
      client.send(sent, { binary });
      const [data, isBinary] = await nextMessage(client);
      assert.ok(data.equals(sent), `${size} bytes came back as ${data.length}, or changed`);
      assert.equal(isBinary, binary);
    }
  }
  client.close();
  assert.deepEqual(await closingOf(client), [1005, ""]);
});

test("ws: fragments, with a ping between them and a code point across them", async () => {
  const client = await openWs();
  const euro = Buffer.from("€");
  client.send(euro.subarray(0, 1), { fin: false, binary: false });
  client.ping("in between");
  client.send(euro.subarray(1), { fin: true });
  const pong = once(client, "pong");
  const [data, isBinary] = await nextMessage(client);
  assert.deepEqual([data.toString(), isBinary], ["€", false]);
  assert.equal(String((await pong)[0]), "in between");
  client.terminate();
});

test("ws: pings get pongs in their order, and a pong gets nothing", async () => {
  const client = await openWs();
  const pongs: string[] = [];
  client.on("pong", (data: Buffer) => void pongs.push(data.toString()));
  client.pong("nobody asked");
  for (const text of ["", "a", "p".repeat(125)]) client.ping(text);
  client.send("and then an echo");
  await nextMessage(client);
  assert.deepEqual(pongs, ["", "a", "p".repeat(125)]);
  client.terminate();
});

for (const code of [1000, 1001, 1011, 3000, 4999]) {
  test(`ws: the client closes with ${code}, and gets it back`, async () => {
    const client = await openWs();
    client.close(code, "why not");
    assert.deepEqual(await closingOf(client), [code, ""]);
    await server.printed(`Closed with ${code} why not`);
  });
}

test("ws: the client closes without a code", async () => {
  const client = await openWs();
  client.close();
  assert.deepEqual(await closingOf(client), [1005, ""]);
  await server.printed("Closed with 1005");
});

test("ws: the server closes, with a code and a reason", async () => {
  const client = await openWs();
  client.send("close 4001 bye");
  assert.deepEqual(await closingOf(client), [4001, "bye"]);
});

test("ws: a message that is too big is refused with 1009", async () => {
  const client = await openWs();
  client.on("error", () => {});
  client.send(Buffer.alloc(1024 * 1024 + 1));
  assert.equal((await closingOf(client))[0], 1009);
});

test("ws: an offer of compression is accepted, and messages come back", async () => {
  const client = new WsClient(url(), { perMessageDeflate: true });
  await once(client, "open");
  assert.equal(client.extensions, "permessage-deflate");
  for (const text of ["plain", "plain", "0123456789".repeat(7000)]) {
    client.send(text);
    assert.equal(String((await nextMessage(client))[0]), text);
  }
  client.terminate();
});

type CloseInfo = Event & { code: number; reason: string; wasClean: boolean };
type MessageInfo = Event & { data: unknown };

/** What we use of Node's own client; the types of Node 20 do not know it. */
interface BuiltInClient extends EventTarget {
  binaryType: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

const BuiltIn = (globalThis as { WebSocket?: new (url: string) => BuiltInClient }).WebSocket;
const builtIn = { skip: BuiltIn === undefined && "Node has a WebSocket client from version 22 on" };

function event<Type extends Event>(target: EventTarget, name: string): Promise<Type> {
  return new Promise((resolve) => target.addEventListener(name, (it) => resolve(it as Type), { once: true }));
}

async function openBuiltIn(): Promise<BuiltInClient> {
  assert.ok(BuiltIn);
  const client = new BuiltIn(url());
  client.binaryType = "arraybuffer";
  await event(client, "open");
  return client;
}

test("Node's own client: text and binary of every size, both ways", builtIn, async () => {
  const client = await openBuiltIn();
  for (const size of SIZES) {
    client.send("t".repeat(size));
    assert.equal((await event<MessageInfo>(client, "message")).data, "t".repeat(size));
    client.send(Buffer.alloc(size, 255));
    const { data } = await event<MessageInfo>(client, "message");
    assert.ok(Buffer.from(data as ArrayBuffer).equals(Buffer.alloc(size, 255)), `${size} bytes came back changed`);
  }
  client.close();
  await event(client, "close");
});

test("Node's own client: closes with a code, without one, and is closed", builtIn, async () => {
  for (const code of [1000, 3000, 4999, undefined]) {
    const client = await openBuiltIn();
    client.close(code);
    const closing = await event<CloseInfo>(client, "close");
    assert.deepEqual([closing.code, closing.wasClean], [code ?? 1005, true]);
  }
  const client = await openBuiltIn();
  client.send("close 4001 bye");
  const closing = await event<CloseInfo>(client, "close");
  assert.deepEqual([closing.code, closing.reason, closing.wasClean], [4001, "bye", true]);
});

const PYTHON = "/usr/bin/python3";
const hasPython = spawnSync(PYTHON, ["-c", "import websockets"]).status === 0;
const python = { skip: !hasPython && "python3-websockets is not installed" };

/** Everything in one process, since Python takes its time to start. It runs with Debian 12's version 10.4 too. */
const PROGRAM = `
import asyncio, sys, websockets

async def main(url, sizes):
    async with websockets.connect(url, compression=None, max_size=None) as client:
        for size in sizes:
            for sent in ("t" * size, b"\\xff" * size):
                await client.send(sent)
                assert await client.recv() == sent, f"{size} bytes came back changed"
        await client.send(["fragments", " of ", "a text: €"])
        assert await client.recv() == "fragments of a text: €"
        await client.send([b"\\0", b"", b"\\1"])
        assert await client.recv() == b"\\0\\1"
        for data in ("", "ping", "p" * 125):
            await (await client.ping(data))
        await client.pong("nobody asked")

    for code in (1000, 1001, 1011, 3000, 4999):
        client = await websockets.connect(url)
        await client.close(code, "why not")
        await client.wait_closed()
        assert client.close_code == code, f"closed with {code}, but {client.close_code} came back"

    client = await websockets.connect(url)
    await client.send("close 4001 bye")
    await client.wait_closed()
    assert (client.close_code, client.close_reason) == (4001, "bye")

asyncio.run(main(sys.argv[1], [int(size) for size in sys.argv[2:]]))
`;

test("python3-websockets: messages, fragments, pings and closes", python, async () => {
  const child = startProcess(PYTHON, ["-c", PROGRAM, url(), ...SIZES.map(String)]);
  let output = "";
  child.stderr?.on("data", (text) => void (output += text));
  assert.equal(await exitCode(child), 0, output);
});

test("the server has lived through it all", () => server.assertAlive());
