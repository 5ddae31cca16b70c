// What the last message of a chunk brings leaves at once, without a record: if nothing waits, and only the first frame.

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { Duplex } from "node:stream";
import { test, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { broadcast } from "./broadcast.ts";
import { WebSocket, type WebSocketOptions } from "./websocket.ts";

/** A socket whose other end is us: it takes what is written to it at once, or when we say so. */
class FakeSocket extends Duplex {
  readonly written: string[] = [];
  isReading = true;
  /** What the other end sends as soon as something is written, from inside of the write. */
  readonly answers: Buffer[] = [];
  #waiting: (() => void)[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk.toString("latin1"));
    const answer = this.answers.shift();
    if (answer !== undefined) this.push(answer);
    if (this.isReading) done();
    else this.#waiting.push(done);
  }

  /** Takes what has been written, and no more. */
  takeSome(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}

/** A masked text, with a mask of zeros. */
function text(payload: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), Buffer.from(payload)]);
}

/** A WebSocket that has sent something before, so that it knows its socket. */
async function open(options: WebSocketOptions = {}): Promise<{ socket: FakeSocket; webSocket: WebSocket; events: string[] }> {
  const socket = new FakeSocket();
  const webSocket = new WebSocket(null, undefined, options);
  webSocket.setSocket(socket, Buffer.alloc(0), "");
  webSocket.send("0");
  await settled();
  assert.deepEqual(socket.written.splice(0), ["\x81\x010"]);
  const events: string[] = [];
  webSocket.on("drain", () => events.push("drain"));
  webSocket.on("close", (code) => events.push(`close ${code}`));
  return { socket, webSocket, events };
}

/** Lets everything happen that is under way, but no timer. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

test("the first answer to a message leaves before the listener returns, and the others together", async () => {
  const { socket, webSocket } = await open();
  const seen: number[] = [];
  webSocket.on("message", () => {
    for (const letter of "abc") {
      webSocket.send(letter);
      seen.push(socket.written.length);
    }
  });
  socket.emit("data", text("?"));
  assert.deepEqual(seen, [1, 1, 1]);
  assert.deepEqual(socket.written, ["\x81\x01a", "\x81\x01b\x81\x01c"]);
});

test("while more of the chunk is to come, answers wait for each other", async () => {
  const { socket, webSocket } = await open();
  const seen: number[] = [];
  webSocket.on("message", (data) => {
    webSocket.send(`${data}`);
    seen.push(socket.written.length);
  });
  socket.emit("data", Buffer.concat([text("a"), text("b"), text("c")]));
  assert.deepEqual(seen, [0, 0, 0]);
  assert.deepEqual(socket.written, ["\x81\x01a\x81\x01b\x81\x01c"]);
  // The beginning of another frame counts: its message will come soon.
  socket.emit("data", Buffer.concat([text("d"), Buffer.from([0x81])]));
  assert.deepEqual(seen, [0, 0, 0, 1]);
  assert.deepEqual(socket.written.slice(1), ["\x81\x01d"]);
});

test("a broadcast reaches each socket before the next, and what is sent behind it keeps its place", async () => {
  const all = await Promise.all([open(), open(), open()]);
  const [{ webSocket, socket }] = all;
  let seen: string[][] = [];
  webSocket.on("message", (data) => {
    broadcast(all.map(({ webSocket }) => webSocket), data.toString());
    seen = all.map(({ socket }) => [...socket.written]);
    webSocket.close(1000);
  });
  socket.emit("data", text("a"));
  assert.deepEqual(seen, [["\x81\x01a"], ["\x81\x01a"], ["\x81\x01a"]]);
  assert.deepEqual(socket.written, ["\x81\x01a", "\x88\x02\x03\xe8"]);
  for (const { webSocket } of all) webSocket.terminate();
});

test("outside of messages nothing leaves before the end of the tick", async () => {
  const { socket, webSocket } = await open();
  webSocket.on("message", () => {});
  socket.emit("data", text("?"));
  webSocket.send("a");
  webSocket.send("b");
  assert.deepEqual(socket.written, []);
  await settled();
  assert.deepEqual(socket.written, ["\x81\x01a\x81\x01b"]);
});

test("what is not taken at once waits, counts as a reply, and keeps its place", async () => {
  const { socket, webSocket, events } = await open({ highWaterMark: 600 });
  const sent: boolean[] = [];
  webSocket.on("message", () => sent.push(webSocket.send("x".repeat(100)), webSocket.send("y")));
  socket.isReading = false;
  socket.emit("data", text("?"));
  assert.deepEqual(sent, [false, false]);
  assert.equal(webSocket.bufferedAmount, 102 + 3);
  assert.equal(socket.isPaused(), true, "replies of more than highWaterMark wait");
  // The first piece, what stands behind it to tell that it is out, and the second one.
  for (let i = 0; i < 3; i++) {
    socket.takeSome();
    await settled();
  }
  assert.deepEqual(socket.written.filter((bytes) => bytes !== ""), [`\x81\x64${"x".repeat(100)}`, "\x81\x01y"]);
  assert.deepEqual([webSocket.bufferedAmount, socket.isPaused(), events.join()], [0, false, "drain"]);
});

test("a peer that takes what has left at once is alive, and one that does not is not", async () => {
  for (const takes of [true, false]) {
    const { socket, webSocket, events } = await open();
    webSocket.on("message", () => webSocket.send("x".repeat(100)));
    socket.isReading = false;
    socket.emit("data", text("?"));
    webSocket.send("y");
    webSocket.beat();
    if (takes) socket.takeSome();
    await settled();
    if (takes) socket.takeSome();
    await settled();
    webSocket.beat();
    await settled();
    assert.deepEqual(events, takes ? [] : ["close 1006"]);
    webSocket.terminate();
  }
});

test("behind a socket that never takes anything at once, such as TLS, each message is one write", async () => {
  const socket = new FakeSocket();
  const webSocket = new WebSocket(null, undefined, {});
  webSocket.setSocket(socket, Buffer.alloc(0), "");
  webSocket.on("message", (data) => webSocket.send(`${data}`));
  socket.isReading = false;
  for (const letter of "abc") {
    socket.emit("data", text(letter));
    socket.takeSome();
    await settled();
  }
  assert.deepEqual(socket.written, ["\x81\x01a", "\x81\x01b", "\x81\x01c"]);
});

test("a socket that has broken is given nothing, and `written` learns of it", async () => {
  const { socket, webSocket, events } = await open();
  const results: string[] = [];
  webSocket.on("message", () => {
    socket.destroy();
    webSocket.send("a");
    webSocket.send("b", (error) => results.push(error ? "lost" : "sent"));
  });
  socket.emit("data", text("?"));
  await settled();
  assert.deepEqual([socket.written, results, events], [[], ["lost"], ["close 1006"]]);
});

test("an answer that comes from inside of the write is answered in its turn, once", async () => {
  const { socket, webSocket } = await open();
  socket.answers.push(text("b"));
  webSocket.on("message", (data) => webSocket.send(`${data}!`));
  socket.push(text("a"));
  await settled();
  assert.deepEqual(socket.written.join(""), "\x81\x02a!\x81\x02b!");
  assert.equal(webSocket.bufferedAmount, 0);
});

test("what is sent to others from inside of the write arrives, once", async () => {
  const [{ socket, webSocket }, other] = await Promise.all([open(), open()]);
  socket.answers.push(text("b"));
  webSocket.on("message", (data) => {
    if (`${data}` === "a") webSocket.send("A");
    else for (const letter of "xyz") other.webSocket.send(letter);
  });
  socket.push(text("a"));
  await settled();
  webSocket.send("B");
  await settled();
  assert.equal(socket.written.join(""), "\x81\x01A\x81\x01B");
  assert.equal(other.socket.written.join(""), "\x81\x01x\x81\x01y\x81\x01z");
});

test("one connection's last message does not hurry what another brings in the middle of its chunk", async () => {
  const [one, two, three] = await Promise.all([open(), open(), open()]);
  const seen: string[] = [];
  one.webSocket.on("message", () => two.webSocket.send("!"));
  two.socket.answers.push(Buffer.concat([text("a"), text("b").subarray(0, 3)]));
  two.webSocket.on("message", (data) => {
    three.webSocket.send(`${data}`);
    seen.push(...three.socket.written);
  });
  one.socket.push(text("?"));
  await settled();
  assert.deepEqual(seen, [], "while the rest of b is to come, the answer to a waits");
  assert.deepEqual(three.socket.written, ["\x81\x01a"]);
});

test("memory that somebody else may hold is not written to again", async () => {
  const held: Buffer[] = [];
  const socket = new Duplex({ read() {}, write: (chunk: Buffer, _encoding, done) => (held.push(chunk), done()) });
  const webSocket = new WebSocket(null, undefined, {});
  webSocket.setSocket(socket, Buffer.alloc(0), "");
  webSocket.on("message", (data) => webSocket.send(`${data}`));
  for (const letter of "abcd") {
    socket.push(text(letter));
    await settled();
  }
  assert.deepEqual(held.map((bytes) => bytes.toString("latin1")), ["\x81\x01a", "\x81\x01b", "\x81\x01c", "\x81\x01d"]);
});

/** A WebSocket over TCP, the other end, and what has come there. */
async function overTcp(context: TestContext): Promise<{ webSocket: WebSocket; socket: net.Socket; client: net.Socket; came: () => string }> {
  const server = net.createServer({ noDelay: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  const [[socket]] = (await Promise.all([once(server, "connection"), once(client, "connect")])) as [[net.Socket], unknown];
  context.after(() => (client.destroy(), server.close()));
  let came = "";
  client.on("data", (bytes) => (came += bytes.toString("latin1")));
  const webSocket = new WebSocket(null, undefined, {});
  webSocket.setSocket(socket, Buffer.alloc(0), "");
  webSocket.send("0");
  while (came !== "\x81\x010") await turn();
  return { webSocket, socket, client, came: () => came.slice(3) };
}

test("memory of which the kernel has made its copy is written to again", { timeout: 30_000 }, async (context) => {
  const { webSocket, socket, client, came } = await overTcp(context);
  const places = new Set<number>();
  const write = socket.write.bind(socket);
  socket.write = ((chunk: Buffer) => (places.add(chunk.byteOffset), write(chunk))) as typeof socket.write;
  webSocket.on("message", (data) => webSocket.send(`${data}`));
  for (const letter of "abcdefghij") {
    client.write(text(letter));
    while (!came().endsWith(letter)) await turn();
  }
  assert.equal(came(), [..."abcdefghij"].map((letter) => `\x81\x01${letter}`).join(""));
  assert.equal(places.size, 1);
});

test("memory behind which another connection's frames lie is not", { timeout: 30_000 }, async (context) => {
  const [one, two] = await Promise.all([overTcp(context), overTcp(context)]);
  one.webSocket.on("message", (data) => {
    one.webSocket.send(`${data}`);
    two.webSocket.send(`${data}!`);
  });
  let sent = "";
  for (const letter of "abc") {
    // A chunk ends with the first byte of a pong, and the next one begins with the rest: as more is to come, both
    // answers wait, one until the chunk has been read, one for the end of the tick.
    one.socket.emit("data", Buffer.concat([Buffer.from(sent === "" ? [] : [0x80, 0, 0, 0, 0]), text(letter), Buffer.from([0x8a])]));
    sent += letter;
    while (two.came().length < sent.length * 4) await turn();
  }
  while (one.came().length < sent.length * 3) await turn();
  assert.equal(one.came(), "\x81\x01a\x81\x01b\x81\x01c");
  assert.equal(two.came(), "\x81\x02a!\x81\x02b!\x81\x02c!");
});

test("memory in front of a frame that could not be written is not", { timeout: 30_000 }, async (context) => {
  const [one, two] = await Promise.all([overTcp(context), overTcp(context)]);
  const taken = Buffer.from(new ArrayBuffer(8));
  structuredClone(taken.buffer, { transfer: [taken.buffer] });
  one.webSocket.send("aaaa");
  assert.throws(() => two.webSocket.send(taken), TypeError);
  while (one.came() !== "\x81\x04aaaa") await turn();
  two.webSocket.send("b");
  two.webSocket.send("ccc");
  while (two.came().length < 8) await turn();
  assert.equal(two.came(), "\x81\x01b\x81\x03ccc");
});

test("memory that a socket of a class of its own may hold is not", async () => {
  const held: Buffer[] = [];
  class HoldingSocket extends net.Socket {
    override _write(chunk: Buffer, _encoding: string, done: () => void): void {
      held.push(chunk);
      done();
    }
  }
  const socket = new HoldingSocket();
  const webSocket = new WebSocket(null, undefined, {});
  webSocket.setSocket(socket, Buffer.alloc(0), "");
  for (const letter of "abcd") {
    webSocket.send(letter);
    await settled();
  }
  assert.deepEqual(held.map((bytes) => bytes.toString("latin1")), ["\x81\x01a", "\x81\x01b", "\x81\x01c", "\x81\x01d"]);
  socket.destroy();
});
