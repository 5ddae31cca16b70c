import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { freePort } from "../lib/ports.ts";
import { Recorder } from "./recorder.ts";
import { Tap } from "./tap.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The bytes in buffers that somebody holds. Those that nobody holds any more would count otherwise. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const MB = 1024 * 1024;
const REQUEST = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";

describe("the tap under load", { timeout: 120_000 }, () => {
  const recorder = new Recorder({ onChange() {}, onDrop() {}, onClear() {} });
  let server: Server;
  let tap: Tap;
  let accepted: ((socket: Socket) => void) | undefined;

  before(async () => {
    server = createServer((socket) => accepted?.(socket.on("error", () => {})));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    tap = await Tap.listen({
      port: await freePort(),
      target: address.port,
      recorder,
      rechunk: { "to-server": "as-is", "to-client": "as-is" },
    });
  });
  after(() => {
    tap.close();
    server.close();
  });

  async function open(port = tap.port): Promise<{ client: Socket; peer: Socket }> {
    recorder.restart();
    const found = new Promise<Socket>((resolve) => (accepted = resolve));
    const client = connect(port, "127.0.0.1").on("error", () => {});
    return { client, peer: await found };
  }

  /** Sends a chunk again and again, at the pace at which it is taken. */
  async function send(client: Socket, chunk: Buffer, times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) if (!client.write(chunk)) await once(client, "drain");
  }

  test("32 MB to a slow reader, in flat memory", async () => {
    const { client, peer } = await open();
    let received = 0;
    let most = 0;
    let chunks = 0;
    client.write(REQUEST);
    client.on("data", (chunk: Buffer) => {
      received += chunk.length;
      chunks += 1;
      if (chunks % 50 === 1) most = Math.max(most, heldBytes());
      client.pause();
      setTimeout(() => client.resume(), 1);
    });
    const ended = once(client, "end");
    const begin = heldBytes();
    peer.resume();
    await send(peer, Buffer.alloc(64 * 1024), 512);
    peer.end();
    await ended;
    assert.equal(received, 32 * MB);
    // Without backpressure, most of the 32 MB would lie here.
    assert.ok(most - begin < 12 * MB, `${((most - begin) / MB).toFixed(1)} MB`);
  });

  for (const [kind, first] of [["binary", 0x82], ["text", 0x81]] as const) {
    test(`a message of 64 MB (${kind}) passes without being kept`, async () => {
      const { client, peer } = await open();
      client.write(REQUEST);
      await once(peer, "data");
      peer.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      await once(client, "data");

      let received = 0;
      let most = 0;
      let chunks = 0;
      const done = new Promise<void>((resolve) => {
        peer.on("data", (chunk: Buffer) => {
          received += chunk.length;
          chunks += 1;
          if (chunks % 100 === 1) most = Math.max(most, heldBytes());
          if (received === 64 * MB + 14) resolve();
        });
      });
      const begin = performance.now();
      const memory = heldBytes();
      client.write(Buffer.from([first, 0xff, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]));
      await send(client, Buffer.alloc(64 * 1024, "a"), 1024);
      await done;
      const milliseconds = performance.now() - begin;
      console.log(`${kind}: ${Math.round(milliseconds)} ms, ${((most - memory) / MB).toFixed(1)} MB at most`);
      assert.ok(most - memory < 24 * MB);
      const entry = recorder.entry(recorder.ids.at(-1) ?? 0);
      assert.ok(entry?.kind === "frame" && entry.complete && entry.problem === undefined);
      assert.equal(entry.size, 64 * MB + 14);
      client.destroy();
      peer.destroy();
    });
  }

  test("a hundred thousand small frames pass, and the last thousand entries are kept", async () => {
    const { client, peer } = await open();
    client.write(REQUEST);
    let received = 0;
    const frames = Buffer.from("818500000000".concat(Buffer.from("Hello").toString("hex")).repeat(1000), "hex");
    const done = new Promise<void>((resolve) => {
      peer.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received === REQUEST.length + 100 * frames.length) resolve();
      });
    });
    const begin = performance.now();
    await send(client, frames, 100);
    await done;
    console.log(`100,000 frames: ${Math.round(performance.now() - begin)} ms`);
    assert.equal(recorder.ids.length, 1000);
    client.destroy();
    peer.destroy();
  });
});
