import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket as Client } from "ws";
import { broadcast } from "./broadcast.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { PreparedMessage } from "./prepared-message.ts";
import type { ServerOptions } from "./server-options.ts";
import { SlowReaderError } from "./send-queue.ts";
import { WebSocketServer } from "./websocket-server.ts";
import { WebSocket, type WebSocketOptions } from "./websocket.ts";

/** The client's end of a connection in memory. It takes what it gets at once, or when the test says so. */
class FakeSocket extends Duplex {
  readonly frames: Buffer[] = [];
  isReading = true;
  #waiting: (() => void)[] = [];

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.frames.push(chunk);
    if (this.isReading) done();
    else this.#waiting.push(done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "", done);
  }

  /** Reads all that waits, and at once what is still to come. */
  readOn(): void {
    this.isReading = true;
    this.readSome();
  }

  /** Reads what the system holds, and no more. */
  readSome(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}

/** A masked frame with a mask of zeros. */
function frame(first: number, payload: string | Buffer = ""): Buffer {
  const bytes = Buffer.from(payload as string, "latin1");
  const length = bytes.length < 126 ? [0x80 | bytes.length] : [0x80 | 126, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), bytes]);
}

const PING = frame(0x89, "ping");
const CLOSE = frame(0x88, "\x03\xe8");

/** A WebSocket over a fake socket. What it tells is in `events`. */
function open(options: WebSocketOptions = {}) {
  const socket = new FakeSocket();
  const events: string[] = [];
  const webSocket = new WebSocket(null, undefined, options);
  webSocket.setSocket(socket, Buffer.alloc(0), "");
  webSocket.on("message", (data) => events.push(`message ${data}`));
  webSocket.on("ping", (data) => events.push(`ping ${data}`));
  webSocket.on("drain", () => events.push("drain"));
  webSocket.on("error", (error) => events.push(`error ${error.code}`));
  webSocket.on("close", (code) => events.push(`close ${code}`));
  return { socket, webSocket, events };
}

/** Lets everything happen that is under way, but no timer. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

async function serve(context: TestContext, options: Partial<ServerOptions> = {}): Promise<{ server: WebSocketServer; port: number }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  context.after(() => {
    for (const client of server.clients ?? []) client.terminate();
    server.close();
  });
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

async function connect(context: TestContext, server: WebSocketServer, port: number): Promise<[Client, WebSocket]> {
  const client = new Client(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  context.after(() => client.terminate());
  client.on("error", () => {});
  const [[socket]] = (await Promise.all([once(server, "connection"), once(client, "open")])) as unknown as [[WebSocket], unknown];
  return [client, socket];
}

/** Waits until it is so; a fault ends the wait, not slowness. */
async function until(look: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 30_000; !look(); await turn()) {
    assert.ok(performance.now() < deadline, `still not so: ${look}`);
  }
}

test("send: what is sent while the 101 is on its way follows it, and waits for nothing else", async () => {
  const socket = new FakeSocket();
  socket.isReading = false;
  socket.write("101");
  const webSocket = new WebSocket(null, undefined, {});
  webSocket.setSocket(socket, Buffer.alloc(0), "");
  webSocket.send("hello");
  await settled();
  assert.deepEqual(socket.frames.map(String), ["101"]);
  socket.readOn();
  await settled();
  assert.equal(Buffer.concat(socket.frames).toString("latin1"), "101\x81\x05hello");
  assert.equal(webSocket.bufferedAmount, 0);
});

test("send: true while the peer keeps up, false from highWaterMark on, and one drain", async () => {
  const { socket, webSocket, events } = open({ highWaterMark: 10_000 });
  assert.equal(webSocket.send(Buffer.alloc(50_000)), true, "the peer takes it at once");
  assert.equal(webSocket.bufferedAmount, 0);
  socket.isReading = false;
  assert.equal(webSocket.send(Buffer.alloc(5_000)), true);
  assert.equal(webSocket.bufferedAmount, 5_004);
  assert.equal(webSocket.needsDrain, false);
  assert.equal(webSocket.send(Buffer.alloc(5_000)), false);
  assert.equal(webSocket.send("x"), false);
  assert.equal(webSocket.bufferedAmount, 10_011);
  assert.equal(webSocket.needsDrain, true);

  socket.readSome();
  await settled();
  assert.equal(webSocket.bufferedAmount, 5_007, "the first frame has left, and the others wait still");
  assert.equal(webSocket.send("y"), false, "false until drain");
  assert.deepEqual(events, []);
  socket.readOn();
  await settled();
  assert.deepEqual(events, ["drain"]);
  assert.equal(webSocket.needsDrain, false);
  assert.equal(webSocket.bufferedAmount, 0);
  assert.equal(webSocket.send("z"), true);
  await settled();
  assert.deepEqual(events, ["drain"], "nobody was told to wait");
});

test("send: each time that it says no there is one drain, though a listener sends at once", async () => {
  const { socket, webSocket, events } = open({ highWaterMark: 1_000 });
  let rounds = 0;
  webSocket.on("drain", () => {
    if (++rounds < 5) {
      socket.isReading = false;
      assert.equal(webSocket.send(Buffer.alloc(600)), false);
      assert.equal(webSocket.send(Buffer.alloc(600)), false);
    }
    setImmediate(() => socket.readOn());
  });
  socket.isReading = false;
  webSocket.send(Buffer.alloc(2_000));
  socket.readOn();
  await until(() => rounds === 5);
  await settled();
  assert.deepEqual(events, Array.from({ length: 5 }, () => "drain"));
});

test("send: no drain for a connection that is closing or gone", async () => {
  for (const end of [(socket: WebSocket) => socket.close(1000), (socket: WebSocket) => socket.terminate()]) {
    const { socket, webSocket, events } = open({ highWaterMark: 100 });
    socket.isReading = false;
    const errors: unknown[] = [];
    for (let i = 0; i < 3; i++) webSocket.send(Buffer.alloc(200), (error) => void errors.push(error instanceof Error));
    end(webSocket);
    socket.readOn();
    await settled();
    assert.ok(!events.includes("drain"));
    assert.equal(errors.length, 3);
    assert.equal(webSocket.send("too late"), false);
    socket.destroy();
    await settled();
  }
});

test("send: large frames leave in portions, small ones many at a time, and the order is kept", async () => {
  const { socket, webSocket } = open();
  socket.isReading = false;
  const written: number[] = [];
  const expected: Buffer[] = [];
  for (let i = 0; i < 2_000; i++) {
    const data = Buffer.alloc(i === 1_999 ? 300_000 : i % 100, i);
    webSocket.send(data, () => void written.push(i));
    expected.push(data);
  }
  webSocket.close(1000);
  while (webSocket.bufferedAmount > 0) {
    socket.readSome();
    await turn();
  }
  assert.ok(socket.frames.every(({ length }) => length <= 128 * 1024));
  assert.ok(socket.frames.length < 100, `${socket.frames.length} writes`);
  assert.deepEqual(written, Array.from({ length: 2_000 }, (_, i) => i));
  const bytes = Buffer.concat(socket.frames);
  const payloads: Buffer[] = [];
  for (let at = 0; at < bytes.length - 4; ) {
    const size = bytes[at + 1] ?? 0;
    const length = size < 126 ? size : Number(bytes.readBigUInt64BE(at + 2));
    at += size < 126 ? 2 : 10;
    payloads.push(bytes.subarray(at, (at += length)));
  }
  assert.ok(Buffer.concat(payloads).equals(Buffer.concat(expected)));
  assert.equal(bytes.subarray(-4).toString("hex"), "880203e8");
});

test("send: when the connection breaks, each waiting message learns it, in order and once", async () => {
  const { socket, webSocket } = open();
  socket.isReading = false;
  const unsent: number[] = [];
  for (let i = 0; i < 300; i++) webSocket.send(Buffer.alloc(1_000), (error) => void (error && unsent.push(i)));
  socket.destroy();
  await settled();
  assert.deepEqual(unsent, Array.from({ length: 299 }, (_, i) => i + 1), "the first one is the socket's affair");
});

test("maxBufferedAmount: who reads nothing is terminated, and the error says why", async () => {
  const { socket, webSocket, events } = open({ maxBufferedAmount: 10_000 });
  socket.isReading = false;
  webSocket.send(Buffer.alloc(20_000));
  assert.equal(webSocket.readyState, WebSocket.OPEN, "one large message is no slow reader");
  const errors: Error[] = [];
  let unsent: Error | null | undefined;
  webSocket.on("error", (error) => errors.push(error));
  assert.equal(webSocket.send("one more", (error) => (unsent = error)), false);
  assert.ok(socket.destroyed);
  assert.ok(errors[0] instanceof SlowReaderError);
  assert.match(errors[0].message, /20004 bytes wait/);
  webSocket.send("and more");
  await settled();
  assert.ok(unsent instanceof Error);
  assert.deepEqual(events, ["error WS_ERR_SLOW_READER", "close 1006"]);
});

test("maxBufferedAmount: many tiny messages, pings and pongs count for more than their bytes", () => {
  const senders: ((socket: WebSocket) => void)[] = [(socket) => socket.send("x"), (socket) => socket.ping("x"), (socket) => socket.pong("x"), (socket) => socket.send(new PreparedMessage("x"))];
  for (const send of senders) {
    const { socket, webSocket, events } = open({ maxBufferedAmount: 100_000 });
    socket.isReading = false;
    let count = 0;
    while (webSocket.readyState === WebSocket.OPEN && count < 1_000) {
      send(webSocket);
      count++;
    }
    assert.ok(count < 250, `${count} messages waited`);
    assert.deepEqual(events, ["error WS_ERR_SLOW_READER"]);
  }
});

test("maxBufferedAmount: a close frame behind a large message is sent", async () => {
  const { socket, webSocket, events } = open({ maxBufferedAmount: 1_000 });
  socket.isReading = false;
  webSocket.send(Buffer.alloc(5_000));
  webSocket.close(1000);
  socket.readOn();
  socket.push(CLOSE);
  socket.push(null);
  await until(() => socket.closed);
  await settled();
  assert.deepEqual(events, ["close 1000"]);
});

test("replies: a flood of pings is read no further than its pongs are", async () => {
  const { socket, webSocket } = open();
  const pings: Buffer[] = [];
  webSocket.on("ping", (payload) => pings.push(payload));
  socket.isReading = false;
  const sent = 50_000;
  const flood = Buffer.alloc(sent * PING.length, PING);
  for (let i = 0; i < flood.length; i += 65_536) socket.push(flood.subarray(i, i + 65_536));
  await settled();
  assert.ok(pings.length < 200, `${pings.length} pings were answered`);
  assert.ok(webSocket.bufferedAmount < 2_000);
  assert.equal(webSocket.isPaused, false, "isPaused is the application's");

  socket.readOn();
  await until(() => pings.length === sent);
  assert.ok(Buffer.concat(socket.frames).equals(Buffer.alloc(sent * 6, "\x8a\x04ping", "latin1")));
});

test("replies: an echo is no different, and its order is kept", async () => {
  const { socket, webSocket } = open({ highWaterMark: 5_000 });
  const events: string[] = [];
  webSocket.on("message", (data) => {
    events.push(String(data));
    webSocket.send(data);
  });
  socket.isReading = false;
  const sent = Array.from({ length: 1_000 }, (_, i) => `number ${i}`);
  socket.push(Buffer.concat(sent.map((text) => frame(0x82, text))));
  await settled();
  assert.ok(events.length < 20, `${events.length} messages were answered`);
  socket.readOn();
  await until(() => events.length === 1_000);
  assert.deepEqual(events, sent);
  assert.deepEqual(Buffer.concat(socket.frames).toString("latin1"), sent.map((text) => `\x82${String.fromCharCode(text.length)}${text}`).join(""));
});

test("replies: what we send of our own accord does not stop the reading", async () => {
  const { socket, webSocket, events } = open();
  socket.isReading = false;
  webSocket.send(Buffer.alloc(1_000_000));
  for (let i = 0; i < 10; i++) socket.push(Buffer.from(PING));
  await settled();
  assert.equal(events.length, 10);
});

test("replies: the closing handshake waits for the client to read, and then happens", async () => {
  const { socket, events } = open({ highWaterMark: 100 });
  socket.isReading = false;
  socket.push(Buffer.concat([PING, PING, PING, CLOSE]));
  await settled();
  socket.readOn();
  await settled();
  assert.equal(socket.frames.at(-1)?.subarray(-4).toString("hex"), "880203e8");
  assert.ok(socket.writableFinished);
  socket.push(null);
  await until(() => socket.closed);
  await settled();
  assert.deepEqual(events.filter((event) => event !== "drain"), ["ping ping", "ping ping", "ping ping", "close 1000"]);
});

test("replies: who neither reads nor answers our close frame is let go of by its timer", async () => {
  const { socket, webSocket, events } = open({ highWaterMark: 100, closeTimeout: 1 });
  socket.isReading = false;
  socket.push(Buffer.concat([PING, PING, PING, CLOSE]));
  await settled();
  webSocket.close(1000);
  await until(() => events.includes("close 1006"));
});

test("replies: a close frame that does not fit any more does not keep the client's FIN from us", async () => {
  const { socket, events } = open({ highWaterMark: 0 });
  socket.isReading = false;
  socket.push(Buffer.from(CLOSE));
  await settled();
  socket.push(null);
  await settled();
  assert.ok(socket.readableEnded, "the FIN was read");
  socket.readOn();
  await until(() => socket.closed);
  await settled();
  assert.deepEqual(events, ["close 1000"]);
});

test("pause: no event comes from the middle of a chunk on, and none is lost", async () => {
  const { socket, webSocket, events } = open();
  webSocket.on("message", (data) => {
    if (String(data) !== "3") webSocket.pause();
  });
  socket.push(Buffer.concat([frame(0x81, "1"), PING, frame(0x01, "a"), frame(0x80, "b"), frame(0x81, "3"), frame(0x81, "4")]));
  socket.push(Buffer.from(PING));
  const seen = ["message 1", "ping ping", "message ab", "message 3", "message 4", "ping ping"];
  for (const count of [1, 3, 5, 6, 6]) {
    await settled();
    assert.deepEqual(events, seen.slice(0, count));
    webSocket.resume();
    assert.equal(webSocket.isPaused, false);
    assert.deepEqual(events, seen.slice(0, count), "not inside of resume()");
  }
});

test("pause: at every place in a stream of bytes", async () => {
  const stream = Buffer.concat([frame(0x01, "a"), PING, frame(0x80, "b".repeat(200)), frame(0x82, "c"), CLOSE]);
  for (let cut = 0; cut <= stream.length; cut++) {
    const { socket, webSocket, events } = open();
    socket.push(Buffer.from(stream.subarray(0, cut)));
    await turn();
    webSocket.pause();
    socket.push(Buffer.from(stream.subarray(cut)));
    const before = [...events];
    await turn();
    assert.deepEqual(events, before);
    webSocket.resume();
    socket.push(null);
    await until(() => socket.closed);
    await turn();
    assert.deepEqual(events, ["ping ping", `message a${"b".repeat(200)}`, "message c", "close 1000"]);
  }
});

test("pause and resume inside of a handler: nothing happened", async () => {
  const { socket, webSocket, events } = open();
  webSocket.on("message", () => {
    webSocket.pause();
    webSocket.resume();
  });
  socket.push(Buffer.concat([frame(0x81, "1"), frame(0x81, "2")]));
  await settled();
  assert.deepEqual(events, ["message 1", "message 2"]);
});

test("pause: before the connection is open and after it has ended, it does nothing", async () => {
  const unopened = new WebSocket(null);
  unopened.pause();
  unopened.resume();
  assert.equal(unopened.isPaused, false);
  const { socket, webSocket, events } = open();
  socket.destroy();
  await settled();
  webSocket.pause();
  webSocket.resume();
  assert.equal(webSocket.isPaused, false);
  assert.deepEqual(events, ["close 1006"]);
});

test("pause: terminate() and close() inside of it end the connection, and nothing comes behind", async () => {
  for (const end of [(socket: WebSocket) => socket.terminate(), (socket: WebSocket) => socket.close(1000)]) {
    const { socket, webSocket, events } = open({ closeTimeout: 1 });
    webSocket.on("message", () => {
      webSocket.pause();
      end(webSocket);
    });
    socket.push(Buffer.concat([frame(0x81, "1"), frame(0x81, "2"), CLOSE]));
    await until(() => events.length === 2);
    await settled();
    assert.deepEqual(events, ["message 1", "close 1006"]);
  }
});

test("pause: a real client is kept waiting by TCP, and gets all of it through in the end", async (context) => {
  const { server, port } = await serve(context);
  const [client, socket] = await connect(context, server, port);
  socket.pause();
  let received = 0;
  socket.on("message", (data) => void (received += data.byteLength));
  const total = 40 * 1_000_000;
  for (let i = 0; i < 40; i++) client.send(Buffer.alloc(1_000_000));
  // Nothing moves any more: what the kernels hold is full, and the rest waits at the client.
  for (let before = -1; before !== client.bufferedAmount; await new Promise((resolve) => setTimeout(resolve, 100))) before = client.bufferedAmount;
  assert.equal(received, 0);
  assert.ok(client.bufferedAmount > 10_000_000, `${client.bufferedAmount} bytes wait at the client`);
  socket.resume();
  await until(() => received === total);
});

test("messages: one at a time, and the rest waits", async () => {
  const { socket, webSocket } = open();
  const stream = ["1", "2", "3"].map((text) => frame(0x81, text));
  socket.push(Buffer.concat([...stream, CLOSE]));
  socket.push(null);
  const seen: string[] = [];
  for await (const { data, isBinary } of webSocket.messages()) {
    assert.equal(webSocket.isPaused, true);
    assert.equal(isBinary, false);
    await settled();
    seen.push(String(data));
  }
  assert.deepEqual(seen, ["1", "2", "3"]);
  assert.equal(webSocket.listenerCount("close"), 1, "the test's own");
  assert.equal(webSocket.listenerCount("error"), 1);
});

test("messages: ends with the FIN, after our own terminate() and when there is nothing any more", async () => {
  const { socket, webSocket } = open();
  const messages = webSocket.messages();
  const first = messages.next();
  const second = messages.next();
  socket.push(frame(0x81, "1"));
  assert.equal(String((await first).value?.data), "1");
  webSocket.terminate();
  assert.deepEqual(await second, { value: undefined, done: true });
  assert.deepEqual(await messages.next(), { value: undefined, done: true });
  assert.deepEqual(await webSocket.messages().next(), { value: undefined, done: true });
  assert.deepEqual(webSocket.listenerCount("message"), 1);
});

test("messages: throws what the connection failed with", async () => {
  const { socket, webSocket } = open();
  socket.push(Buffer.concat([frame(0x81, "1"), frame(0x83, "")]));
  socket.push(null);
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const { data } of webSocket.messages()) seen.push(String(data));
  }, { name: "ProtocolError", code: 1002 });
  assert.deepEqual(seen, ["1"]);
});

test("messages: a slow reader's error inside of the loop is thrown by it", async () => {
  const socket = new FakeSocket();
  const webSocket = new WebSocket(null, undefined, { maxBufferedAmount: 1_000 });
  webSocket.setSocket(socket, Buffer.alloc(0), "");
  socket.isReading = false;
  socket.push(Buffer.concat([frame(0x81, "1"), frame(0x81, "2")]));
  await assert.rejects(async () => {
    for await (const { data } of webSocket.messages()) {
      webSocket.send(Buffer.alloc(2_000));
      webSocket.send(data);
    }
  }, { name: "SlowReaderError" });
});

for (const way of ["break", "return", "throw"] as const) {
  test(`messages: after ${way}, the socket flows as before, and a second loop goes on`, async () => {
    const { socket, webSocket, events } = open();
    socket.push(Buffer.concat(["1", "2", "3"].map((text) => frame(0x81, text))));
    const leave = async () => {
      for await (const { data } of webSocket.messages()) {
        if (way === "break") break;
        if (way === "return") return data;
        throw new Error("oops");
      }
      return undefined;
    };
    await leave().catch(() => {});
    for await (const { data } of webSocket.messages()) {
      assert.equal(String(data), "2");
      break;
    }
    assert.equal(webSocket.isPaused, false);
    await settled();
    assert.deepEqual(events, ["message 1", "message 2", "message 3"]);
    assert.equal(webSocket.listenerCount("message"), 1);
  });
}

test("messages: what comes before the first next() waits for it", async () => {
  const { socket, webSocket } = open();
  const messages = webSocket.messages();
  socket.push(frame(0x81, "early"));
  await settled();
  assert.equal(String((await messages.next()).value?.data), "early");
  await messages.return();
});

test("messages: return() before the first next() lets the socket flow, and an error is kept for it", async () => {
  const { socket, webSocket, events } = open();
  const messages = webSocket.messages();
  assert.equal(webSocket.isPaused, true);
  await messages.return();
  assert.equal(webSocket.isPaused, false);
  assert.equal(webSocket.listenerCount("error"), 1, "the test's own");
  socket.push(frame(0x81, "1"));
  await settled();
  assert.deepEqual(events, ["message 1"]);

  const broken = new WebSocket(null, undefined, { maxBufferedAmount: 1 });
  const brokenSocket = new FakeSocket();
  broken.setSocket(brokenSocket, Buffer.alloc(0), "");
  brokenSocket.isReading = false;
  const late = broken.messages();
  broken.send("a");
  broken.send("b");
  await settled();
  await assert.rejects(late.next(), { name: "SlowReaderError" });
});

test("messages: of a client that is still connecting, none is lost, and its failure is thrown", async (context) => {
  const { server, port } = await serve(context);
  server.on("connection", (socket) => {
    for (const text of ["1", "2", "3"]) socket.send(text);
    socket.close(1000);
  });
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const messages = client.messages();
  assert.equal(client.isPaused, true);
  await once(client, "open");
  await settled();
  const seen: string[] = [];
  for await (const { data } of messages) seen.push(String(data));
  assert.deepEqual(seen, ["1", "2", "3"]);

  const refused = new WebSocket(`ws://127.0.0.1:${port}`, { origin: "http://elsewhere" });
  await assert.rejects(refused.messages().next(), /403/);
});

test("messages: a listener of the application's that throws keeps no message and no end from it", async () => {
  const script = `
    import { Duplex } from "node:stream";
    import { WebSocket } from "./websocket.ts";
    process.on("uncaughtException", (error) => console.log("uncaught: " + error.message));
    const socket = new Duplex({ read() {}, write(chunk, encoding, done) { done(); } });
    const webSocket = new WebSocket(null);
    webSocket.setSocket(socket, Buffer.alloc(0), "");
    for (const event of ["message", "close"]) webSocket.on(event, () => { throw new Error(event); });
    socket.push(Buffer.from("8181000000003188800000000000", "hex"));
    socket.push(null);
    for await (const { data } of webSocket.messages()) console.log("got " + data);
    console.log("end");
  `;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", script];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const output = execFileSync(process.execPath, args, { env, cwd: fileURLToPath(new URL(".", import.meta.url)), timeout: 20_000 }).toString();
  assert.deepEqual(output.trim().split("\n").sort(), ["end", "got 1", "uncaught: close", "uncaught: message"]);
});

test("broadcast: ten thousand share the bytes of one frame", () => {
  const all = Array.from({ length: 10_000 }, () => open());
  const data = Buffer.from("a price");
  const count = broadcast(all.map(({ webSocket }) => webSocket), data, { except: all[3]?.webSocket });
  assert.equal(count, 9_999);
  const [bytes] = all[0]?.socket.frames ?? [];
  data.fill(0);
  assert.equal(bytes?.toString("latin1"), "\x82\x07a price");
  assert.equal(new Set(all.flatMap(({ socket }) => socket.frames)).size, 1);
  assert.equal(all[3]?.socket.frames.length, 0);
});

test("broadcast: what waits for ten thousand slow ones is one frame, too", () => {
  const all = Array.from({ length: 10_000 }, () => open());
  for (const { socket } of all) socket.isReading = false;
  const receivers = all.map(({ webSocket }) => webSocket);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 10; i++) broadcast(receivers, Buffer.alloc(100_000));
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 20_000_000, `${grown} bytes for 10 frames of 100,000 bytes and 10,000 receivers`);
  assert.equal(receivers[0]?.bufferedAmount, 10 * 100_010);
});

for (const slow of ["queue", "skip", "terminate"] as const) {
  test(`broadcast: with "${slow}" for the slow ones, the others get it all`, async () => {
    const [lame, well] = [open({ highWaterMark: 100 }), open({ highWaterMark: 100 })];
    const receivers = [lame.webSocket, well.webSocket];
    lame.socket.isReading = false;
    lame.webSocket.send(Buffer.alloc(200));
    for (let i = 0; i < 6; i++) assert.equal(broadcast(receivers, `${i}`, { slow }), slow === "queue" ? 2 : 1);
    assert.equal(Buffer.concat(well.socket.frames).toString("latin1"), "\x81\x010\x81\x011\x81\x012\x81\x013\x81\x014\x81\x015");
    assert.equal(lame.socket.destroyed, slow === "terminate");
    if (slow === "terminate") return;

    lame.socket.readOn();
    await settled();
    assert.deepEqual(lame.events, ["drain"]);
    broadcast(receivers, "6", { slow });
    const got = Buffer.concat(lame.socket.frames).toString("latin1").match(/\x81\x01\d/g);
    assert.equal(got?.length, slow === "queue" ? 7 : 1);
  });
}

test("broadcast: who is cut off by it does not count, and needs no drain any more", () => {
  const { socket, webSocket } = open({ maxBufferedAmount: 100, highWaterMark: 100 });
  socket.isReading = false;
  assert.equal(broadcast([webSocket], "x".repeat(200)), 1);
  assert.equal(webSocket.needsDrain, true);
  assert.equal(broadcast([webSocket], "one too many"), 0);
  assert.equal(webSocket.needsDrain, false);
});

test("broadcast: goes between other messages in order, and into a message of fragments as its last one", () => {
  const { socket, webSocket } = open();
  webSocket.send("a");
  broadcast([webSocket], "b");
  webSocket.send("c", { fin: false });
  broadcast([webSocket], "d");
  webSocket.send(new PreparedMessage("e", true));
  webSocket.ping("f");
  assert.equal(Buffer.concat(socket.frames).toString("latin1"), "\x81\x01a\x81\x01b\x01\x01c\x80\x01d\x82\x01e\x89\x01f");
});

test("broadcast: only open ones, and a server without clientTracking has nobody", async (context) => {
  const gone = open();
  gone.webSocket.close();
  assert.equal(broadcast([gone.webSocket, new WebSocket(null)], "x"), 0);
  assert.throws(() => broadcast([], Symbol("x") as never), TypeError);
  assert.throws(() => new WebSocketServer({ noServer: true, clientTracking: false }).broadcast("x"), /clientTracking/);

  const { server, port } = await serve(context);
  const clients = [await connect(context, server, port), await connect(context, server, port)];
  const received = Promise.all(clients.map(([client]) => once(client, "message")));
  assert.equal(server.broadcast("to all"), 2);
  assert.deepEqual((await received).map(([data]) => String(data)), ["to all", "to all"]);
});

test("prepared: too late, it is refused like any other message", async () => {
  const socket = new FakeSocket();
  const ignore = () => {};
  const handler = { onMessage: ignore, onPing: ignore, onPong: ignore, onError: ignore, onClose: ignore, onDrain: ignore };
  const options: ConnectionOptions = { maxPayload: 1000 };
  const connection = new Connection(socket, handler, options);
  assert.equal(connection.sendPrepared(new PreparedMessage(7)), true);
  assert.equal(connection.sendPrepared(new PreparedMessage(null)), true);
  connection.close();
  assert.equal(connection.sendPrepared(new PreparedMessage("x")), false);
  connection.terminate();
  await settled();
  const { webSocket } = open();
  webSocket.close();
  let error: unknown;
  assert.equal(webSocket.send(new PreparedMessage("x"), (reason) => (error = reason)), false);
  await settled();
  assert.ok(error instanceof Error);
});

test("options: a mark must be a number of bytes", () => {
  for (const options of [{ highWaterMark: -1 }, { maxBufferedAmount: Number.NaN }]) {
    assert.throws(() => new WebSocketServer({ noServer: true, ...options }), RangeError);
    assert.throws(() => new WebSocket("ws://127.0.0.1:9", options), RangeError);
  }
  new WebSocketServer({ noServer: true, highWaterMark: 0, maxBufferedAmount: Infinity });
});

test("two sides that send a lot at once do not wait for each other for ever", async (context) => {
  const { server, port } = await serve(context, { maxBufferedAmount: Infinity });
  const [client, socket] = await connect(context, server, port);
  const total = 30 * 1_000_000;
  const received = { here: 0, there: 0 };
  socket.on("message", (data) => void (received.here += data.byteLength));
  client.on("message", (data: Buffer) => void (received.there += data.length));
  for (let i = 0; i < 30; i++) {
    socket.send(Buffer.alloc(1_000_000));
    client.send(Buffer.alloc(1_000_000));
  }
  await until(() => received.here === total && received.there === total);
});

test("a client that resets while its replies wait is gone at once", async (context) => {
  const { server, port } = await serve(context);
  const tcp = net.connect(port, "127.0.0.1");
  tcp.on("error", () => {});
  const head = ["GET / HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"];
  tcp.write(`${head.join("\r\n")}\r\n\r\n`);
  const [socket] = (await once(server, "connection")) as [WebSocket];
  socket.on("error", () => {});
  const flood = Buffer.alloc(99 * 600, frame(0x89, "x".repeat(93)));
  const closed = once(socket, "close");
  tcp.pause();
  while (tcp.write(flood) || socket.bufferedAmount === 0) await turn();
  tcp.resetAndDestroy();
  assert.deepEqual((await closed).map(String), ["1006", ""]);
});

test("replies: of a client, only pongs stop the reading", async () => {
  for (const [bytes, expected] of [[Buffer.from("8904666c6f77", "hex"), 25], [Buffer.from("810161", "hex"), 100]] as const) {
    const socket = new FakeSocket();
    let count = 0;
    const ignore = () => {};
    const connection: Connection = new Connection(
      socket,
      {
        onMessage: (data) => {
          count++;
          connection.send(data, false);
        },
        onPing: () => void count++,
        onPong: ignore,
        onError: ignore,
        onClose: ignore,
        onDrain: ignore,
      },
      { maxPayload: 1000, role: "client", highWaterMark: 25 * (10 + 512) },
    );
    socket.isReading = false;
    socket.push(Buffer.alloc(100 * bytes.length, bytes));
    await settled();
    // A frame may be under way already when the first one waits.
    assert.ok(count >= expected && count <= expected + 2, `${count}`);
    connection.terminate();
  }
});

test("a client that uploads inside of a listener and a server that echoes do not wait for each other for ever", async (context) => {
  const { server, port } = await serve(context, { maxBufferedAmount: Infinity });
  server.on("connection", (socket) => {
    socket.on("message", (data) => void socket.send(data));
    socket.send("go");
  });
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { maxBufferedAmount: Infinity });
  context.after(() => client.terminate());
  let received = 0;
  client.on("message", (data, isBinary) => {
    received += data.byteLength;
    if (!isBinary) for (let i = 0; i < 30; i++) client.send(Buffer.alloc(1_000_000));
  });
  await until(() => received === 2 + 30 * 1_000_000);
});

test("prepared: a client masks it, each time anew", async (context) => {
  const { server, port } = await serve(context);
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const [[socket]] = (await Promise.all([once(server, "connection"), once(client, "open")])) as [[WebSocket], unknown];
  const message = new PreparedMessage("to a server");
  for (let i = 0; i < 2; i++) {
    const received = once(socket, "message");
    assert.equal(broadcast([client], "to a server") + Number(client.send(message)), 2);
    assert.equal(String((await received)[0]), "to a server");
  }
  client.close();
  assert.equal((await once(socket, "close"))[0], 1005);
});

test("pause: in a listener of `open`, it holds", async (context) => {
  const { server, port } = await serve(context);
  server.on("connection", (socket) => socket.send("welcome"));
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  context.after(() => client.terminate());
  let messages = 0;
  client.on("open", () => client.pause());
  client.on("message", () => void messages++);
  await once(client, "open");
  // By then the message has come, if anything does.
  const other = new Client(`ws://127.0.0.1:${port}`);
  await once(other, "message");
  other.terminate();
  await settled();
  assert.deepEqual([messages, client.isPaused], [0, true]);
  client.resume();
  await until(() => messages === 1);
});

test("heartbeat: whom we do not read is not terminated, but who is silent", async () => {
  const { webSocket, events } = open();
  webSocket.pause();
  for (let i = 0; i < 5; i++) webSocket.beat();
  await settled();
  assert.deepEqual(events, []);
  webSocket.resume();
  await settled();
  webSocket.beat();
  webSocket.beat();
  await settled();
  assert.deepEqual(events, ["close 1006"]);
});

test("heartbeat: a client that takes its replies in time is not terminated, and one that takes none is", async () => {
  for (const takes of [true, false]) {
    const { socket, webSocket, events } = open({ highWaterMark: 100 });
    socket.isReading = false;
    socket.push(Buffer.alloc(20 * PING.length, PING));
    for (let i = 0; i < 4; i++) {
      await settled();
      webSocket.beat();
      if (takes) socket.readSome();
    }
    await settled();
    assert.equal(events.includes("close 1006"), !takes);
    webSocket.terminate();
  }
});

test("heartbeat: who takes a little of what waits is alive, and who takes nothing is not", async () => {
  const { socket, webSocket, events } = open();
  socket.isReading = false;
  for (let i = 0; i < 3; i++) webSocket.send("x".repeat(1_000));
  webSocket.beat();
  webSocket.beat();
  await settled();
  assert.deepEqual(events, ["close 1006"]);

  const reader = open();
  reader.socket.isReading = false;
  for (let i = 0; i < 3; i++) reader.webSocket.send("x".repeat(1_000));
  reader.webSocket.beat();
  reader.socket.readSome();
  await settled();
  reader.webSocket.beat();
  await settled();
  assert.deepEqual(reader.events, []);
  reader.webSocket.terminate();
});

test("heartbeat: a client that takes a large message slowly is alive, and not any more when it stops", async () => {
  const { socket, webSocket, events } = open();
  socket.isReading = false;
  webSocket.send(Buffer.alloc(1_000_000));
  for (let i = 0; i < 15; i++) webSocket.send(Buffer.alloc(10_000));
  let rounds = 0;
  for (let before = webSocket.bufferedAmount; before > 200_000; before = webSocket.bufferedAmount, rounds++) {
    webSocket.beat();
    socket.readSome();
    await settled();
    assert.ok(webSocket.bufferedAmount < before && webSocket.bufferedAmount > before - 150_000);
  }
  assert.ok(rounds > 5, `${rounds} rounds`);
  assert.deepEqual(events, []);
  webSocket.beat();
  webSocket.beat();
  await settled();
  assert.deepEqual(events, ["close 1006"]);
});

test("heartbeat: through real TCP, a slow reader behind 40 MB is seen to read", async (context) => {
  const { server, port } = await serve(context, { heartbeatInterval: 0, maxBufferedAmount: Infinity });
  const [client, own] = await connect(context, server, port);
  // The WebSocket's own listener goes on reading whatever we do: it must not be there.
  const tcp = (client as unknown as { _socket: net.Socket })._socket;
  tcp.removeAllListeners("data").pause();
  own.send(Buffer.alloc(40_000_000));
  let rounds = 0;
  for (let before = own.bufferedAmount; before > 0; before = own.bufferedAmount, rounds++) {
    own.beat();
    assert.equal(own.readyState, WebSocket.OPEN);
    while (own.bufferedAmount >= before) {
      tcp.read();
      await turn();
    }
  }
  assert.ok(rounds >= 5, `${rounds} rounds`);
});

test("heartbeat: a silent peer is found out behind a socket that takes nothing at once, such as TLS", async () => {
  const { socket, webSocket, events } = open();
  socket.isReading = false;
  for (let i = 0; i < 3; i++) {
    webSocket.beat();
    socket.readSome();
    await settled();
  }
  assert.deepEqual(events, ["close 1006"]);
});

test("heartbeat: after resume() a client has time until the next beat but one", async () => {
  const { socket, webSocket, events } = open();
  webSocket.pause();
  webSocket.beat();
  webSocket.beat();
  webSocket.resume();
  webSocket.beat();
  socket.push(frame(0x8a));
  await settled();
  webSocket.beat();
  await settled();
  assert.deepEqual(events, []);
  webSocket.terminate();
});

test("heartbeat: its pings do not make the queue overflow", async () => {
  const { socket, webSocket, events } = open({ maxBufferedAmount: 1_000 });
  socket.isReading = false;
  webSocket.send("x".repeat(10_000));
  webSocket.beat();
  await settled();
  assert.deepEqual(events, []);
  webSocket.terminate();
});
