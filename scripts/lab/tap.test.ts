import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { freePort } from "../lib/ports.ts";
import type { Rechunk } from "./messages.ts";
import { Recorder } from "./recorder.ts";
import { Tap } from "./tap.ts";

/** What a server behind the tap sees of one connection. */
interface Seen {
  socket: Socket;
  chunks: string[];
}

const recorder = new Recorder({ onChange: () => wake(), onDrop() {}, onClear() {} });
let wake: () => void = () => {};

describe("the tap", { timeout: 20_000 }, () => {
  let server: Server;
  let tap: Tap;
  let port = 0;
  let waiting: ((seen: Seen) => void) | undefined;

  before(async () => {
    server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const seen: Seen = { socket, chunks: [] };
      socket.on("data", (chunk) => seen.chunks.push(chunk.toString("latin1")));
      socket.on("error", () => {});
      waiting?.(seen);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = await freePort();
    tap = await Tap.listen({ port, target: portOf(server), recorder, rechunk: { "to-server": "as-is", "to-client": "as-is" } });
  });

  after(() => {
    tap.close();
    server.close();
  });

  async function open(mode: Rechunk = "as-is"): Promise<{ client: Socket; seen: Seen }> {
    tap.setRechunk("to-server", mode);
    recorder.restart();
    const accepted = new Promise<Seen>((resolve) => (waiting = resolve));
    const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    client.on("error", () => {});
    await once(client, "connect");
    return { client, seen: await accepted };
  }

  test("passes bytes both ways, half-closes, and writes everything down", async () => {
    const { client, seen } = await open();
    client.write("one");
    await once(seen.socket, "data");
    client.end();
    await once(seen.socket, "end");
    seen.socket.write("two");
    const [answer] = await once(client, "data");
    assert.equal(String(answer), "two");
    seen.socket.end();
    await once(client, "end");
    await until(() => events().includes("close"));
    assert.deepEqual(seen.chunks, ["one"]);
    assert.deepEqual(events(), ["open", "raw", "end", "raw", "end", "close"]);
  });

  for (const by of ["client", "server"] as const) {
    test(`passes a reset by the ${by} on`, async () => {
      const { client, seen } = await open();
      const [from, to] = by === "client" ? [client, seen.socket] : [seen.socket, client];
      const broken = once(to, "close");
      // once() would reject at the "error" event, which is what we wait for here.
      const reason = new Promise<NodeJS.ErrnoException>((resolve) => void to.once("error", resolve));
      to.resume();
      from.resetAndDestroy();
      assert.equal((await reason).code, "ECONNRESET");
      await broken.catch(() => {});
      const last = recorder.entry(recorder.ids.at(-1) ?? 0);
      assert.ok(last?.kind === "event");
      assert.deepEqual([last.what, last.by], ["reset", by]);
    });
  }

  test("notes a server that is not there", async () => {
    recorder.restart();
    const nowhere = await freePort();
    const lonely = await Tap.listen({
      port: await freePort(),
      target: nowhere,
      recorder,
      rechunk: { "to-server": "as-is", "to-client": "as-is" },
    });
    const client = connect({ port: lonely.port, host: "127.0.0.1" });
    const gone = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    client.on("error", () => {});
    await gone;
    assert.deepEqual(events(), ["open", "refused"]);
    lonely.close();
  });

  test("bytes: each byte is an event of its own at the receiver, in both directions", async () => {
    const { client, seen } = await open("bytes");
    const sent = "0123456789".repeat(10);
    client.end(sent);
    await once(seen.socket, "end");
    assert.equal(seen.chunks.join(""), sent);
    // The receiver shares our event loop here and can be late; but single bytes are the rule.
    assert.ok(seen.chunks.length >= 90, `${seen.chunks.length} chunks`);
    tap.setRechunk("to-client", "bytes");
    const chunks: Buffer[] = [];
    client.on("data", (chunk) => chunks.push(chunk));
    seen.socket.end("abcdefghij");
    await once(client, "end");
    assert.equal(Buffer.concat(chunks).toString(), "abcdefghij");
    assert.ok(chunks.length >= 9, `${chunks.length} chunks`);
    tap.setRechunk("to-client", "as-is");
  });

  test("gather: what comes within a second comes at once, and the end does not wait", async () => {
    const { client, seen } = await open("gather");
    for (let i = 0; i < 10; i += 1) {
      client.write(`${i}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (seen.chunks.join("").length < 10) await once(seen.socket, "data");
    assert.deepEqual(seen.chunks, ["0123456789"]);
    client.end("x");
    await once(seen.socket, "end");
    assert.deepEqual(seen.chunks, ["0123456789", "x"]);
  });

  test("delay: in order; and a switch lets everything go", async () => {
    const { client, seen } = await open("delay");
    const begin = performance.now();
    client.write("a");
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.write("b");
    while (seen.chunks.join("").length < 2) await once(seen.socket, "data");
    assert.equal(seen.chunks.join(""), "ab");
    assert.ok(performance.now() - begin >= 500);

    client.write("c");
    client.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(seen.chunks.join(""), "ab");
    tap.setRechunk("to-server", "as-is");
    await once(seen.socket, "end");
    assert.equal(seen.chunks.join(""), "abc");
  });

  test("a reset that comes after both ends is not told: the connection is closed already", async () => {
    const { client, seen } = await open();
    seen.socket.resume();
    client.end();
    await once(seen.socket, "end");
    client.resetAndDestroy();
    await once(client, "close");
    seen.socket.end();
    await once(seen.socket, "close");
    // Whatever else the tap has to tell comes before a new connection's first word.
    const next = connect({ port, host: "127.0.0.1" }).on("error", () => {});
    await until(() => events().filter((what) => what === "open").length === 2);
    assert.deepEqual(events(), ["open", "end", "end", "close", "open"]);
    next.destroy();
  });

  test("takes only so many connections at a time", async () => {
    const other = await Tap.listen({ port: await freePort(), target: portOf(server), recorder, rechunk: { "to-server": "as-is", "to-client": "as-is" }, mostConnections: 2 });
    const clients = [1, 2, 3].map(() => connect({ port: other.port, host: "127.0.0.1" }).on("error", () => {}));
    const outcome = await Promise.race(clients.map((client) => new Promise((resolve) => client.once("close", () => resolve("refused")))));
    assert.equal(outcome, "refused");
    assert.equal(clients.filter(({ destroyed }) => destroyed).length, 1);
    other.close();
  });

  test("close() cuts what is open, and frees the port", async () => {
    const other = await Tap.listen({ port: await freePort(), target: portOf(server), recorder, rechunk: { "to-server": "as-is", "to-client": "as-is" } });
    const client = connect({ port: other.port, host: "127.0.0.1" });
    client.on("error", () => {});
    await once(client, "connect");
    const gone = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    other.close();
    await gone;
    const again = await Tap.listen({ port: other.port, target: portOf(server), recorder, rechunk: { "to-server": "as-is", "to-client": "as-is" } });
    again.close();
  });

  function events(): string[] {
    return recorder.ids.map((id) => {
      const entry = recorder.entry(id);
      return entry?.kind === "event" ? entry.what : (entry?.kind ?? "");
    });
  }
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}
