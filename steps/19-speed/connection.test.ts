import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { Duplex } from "node:stream";
import { mock, test, type TestContext } from "node:test";
import { Connection, type ConnectionHandler, type ConnectionOptions } from "./connection.ts";

const CLOSE_1000 = Buffer.from("88820000000003e8", "hex");
const TEXT_A = Buffer.from("81810000000061", "hex");
const RESERVED_OPCODE = Buffer.from("838000000000", "hex");

/** The client's end of a connection in memory: what it gets is in `received`. */
class FakeSocket extends Duplex {
  received = "";
  /** Takes nothing more, like a client that does not read. */
  isStuck = false;

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.received += chunk.toString("hex");
    if (!this.isStuck) done();
  }
}

type Scene = { socket: FakeSocket; connection: Connection; events: string[] };

/** A connection whose application writes down what it hears. */
function connect(handler: Partial<ConnectionHandler> = {}, options: Partial<ConnectionOptions> = {}): Scene {
  const socket = new FakeSocket();
  const events: string[] = [];
  const connection = new Connection(
    socket,
    {
      onMessage(data, isBinary) {
        events.push(`${isBinary ? "binary" : "text"} ${data}`);
        handler.onMessage?.(data, isBinary);
      },
      onPing: (payload) => void events.push(`ping ${payload}`),
      onPong: (payload) => void events.push(`pong ${payload}`),
      onError(error) {
        events.push(`error ${error.code}`);
        handler.onError?.(error);
      },
      onClose(code, reason) {
        events.push(`close ${code} ${reason}`);
        handler.onClose?.(code, reason);
      },
      onDrain: () => void events.push("drain"),
    },
    { maxPayload: 1000, ...options },
  );
  return { socket, connection, events };
}

/** Lets everything happen that is under way, but no timer. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits for the event "close", whatever errors come before it. */
function closed(socket: Duplex): Promise<void> {
  if (socket.closed) return settled();
  return new Promise((resolve) => void socket.once("close", resolve));
}

/** From here on, the test moves the clock. */
function stopTheClock(context: TestContext): void {
  mock.timers.enable({ apis: ["setTimeout"] });
  context.after(() => mock.timers.reset());
}

/** Watches the timers: what it returns says how many are still running. */
function watchTimers(context: TestContext): () => number {
  const started = context.mock.method(globalThis, "setTimeout");
  const cleared = context.mock.method(globalThis, "clearTimeout");
  return () => {
    const ended = cleared.mock.calls.map((call) => call.arguments[0]);
    return started.mock.calls.filter((call) => !ended.includes(call.result)).length;
  };
}

test("Connection: messages come from the socket and from the head, and go out", async () => {
  const { socket, connection, events } = connect();
  connection.receive(Buffer.from(TEXT_A));
  socket.push(Buffer.from(TEXT_A));
  await settled();
  assert.deepEqual(events, ["text a", "text a"]);
  assert.equal(connection.send(Buffer.from("b"), true), true);
  assert.equal(connection.state, "open");
  await settled();
  assert.equal(socket.received, "820162");
});

test("Connection: the client closes, and then ends", async (context) => {
  const timersLeft = watchTimers(context);
  const { socket, connection, events } = connect();
  socket.push(Buffer.from(CLOSE_1000));
  await settled();
  assert.equal(socket.received, "880203e8");
  assert.ok(socket.writableFinished, "the server ends first");
  assert.equal(connection.state, "closed");
  assert.deepEqual(events, []);
  socket.push(null);
  await closed(socket);
  assert.deepEqual(events, ["close 1000 "]);
  assert.equal(timersLeft(), 0);
});

test("Connection: what comes after the end is read, so that TCP is not reset, and ignored", async () => {
  const { socket, events } = connect();
  socket.push(Buffer.concat([CLOSE_1000, TEXT_A]));
  socket.push(Buffer.from(TEXT_A));
  socket.push(null);
  await closed(socket);
  assert.deepEqual(events, ["close 1000 "]);
});

test("Connection: the server closes, and the client answers", async () => {
  const { socket, connection, events } = connect();
  connection.close(4001, "bye");
  assert.equal(connection.state, "closing");
  assert.equal(connection.send(Buffer.from("too late"), false), false);
  await settled();
  assert.equal(socket.writableEnded, false, "the answer may still be on its way");
  socket.push(Buffer.from(CLOSE_1000));
  socket.push(null);
  await closed(socket);
  assert.deepEqual(events, ["close 1000 "]);
  assert.equal(socket.received, "88050fa1627965");
});

test("Connection: close() passes on what the protocol says of the code", () => {
  const { connection } = connect();
  assert.throws(() => connection.close(1005), TypeError);
  assert.equal(connection.state, "open");
});

test("Connection: a broken rule is told to both, and ends it", async () => {
  const { socket, events } = connect();
  socket.push(Buffer.from(RESERVED_OPCODE));
  await settled();
  assert.deepEqual(events, ["error 1002"]);
  assert.equal(socket.received, "880203ea");
  socket.push(null);
  await closed(socket);
  assert.deepEqual(events, ["error 1002", "close 1006 "]);
});

test("Connection: the client ends without a word", async (context) => {
  const timersLeft = watchTimers(context);
  const { socket, events } = connect();
  socket.push(null);
  await closed(socket);
  assert.deepEqual(events, ["close 1006 "]);
  assert.equal(socket.received, "");
  assert.equal(timersLeft(), 0);
});

const moments: [title: string, prepare: (scene: Scene) => void][] = [
  ["while it is open", () => {}],
  ["in the middle of a frame", ({ socket }) => void socket.push(TEXT_A.subarray(0, 3))],
  ["after our Close frame", ({ connection }) => connection.close()],
  ["after both Close frames", ({ socket }) => void socket.push(Buffer.from(CLOSE_1000))],
  ["after a broken rule", ({ socket }) => void socket.push(Buffer.from(RESERVED_OPCODE))],
  ["after the client's FIN", ({ socket }) => void socket.push(null)],
];

for (const [title, prepare] of moments) {
  for (const error of [undefined, new Error("ECONNRESET")]) {
    test(`Connection: the socket ${error ? "breaks" : "is destroyed"} ${title}`, async (context) => {
      const timersLeft = watchTimers(context);
      const scene = connect();
      scene.socket.on("error", () => {});
      scene.socket.isStuck = true;
      prepare(scene);
      await settled();
      scene.socket.destroy(error);
      await closed(scene.socket);
      assert.equal(scene.events.filter((event) => event.startsWith("close")).length, 1);
      assert.equal(scene.connection.state, "closed");
      assert.equal(scene.connection.send(Buffer.from("a"), false), false);
      assert.equal(timersLeft(), 0, "a timer is left");
    });
  }
}

test("Connection: destroyed in the middle of a chunk by the application, nothing breaks", async () => {
  const scene = connect({ onMessage: () => void scene.socket.destroy() });
  scene.socket.push(Buffer.concat([TEXT_A, CLOSE_1000]));
  await closed(scene.socket);
  assert.deepEqual(scene.events, ["text a", "close 1000 "]);
});

for (const [title, closeTimeout, time] of [["10 seconds", undefined, 10_000], ["what the option says", 50, 50]] as const) {
  test(`Connection: a client that does not answer our Close frame has ${title}`, async (context) => {
    stopTheClock(context);
    const { socket, connection, events } = connect({}, closeTimeout === undefined ? {} : { closeTimeout });
    connection.close(1001);
    mock.timers.tick(time - 1);
    socket.push(Buffer.from(TEXT_A));
    connection.close(1001);
    await settled();
    assert.equal(socket.destroyed, false);
    mock.timers.tick(1);
    assert.equal(socket.destroyed, true);
    await settled();
    assert.deepEqual(events, ["text a", "close 1006 "]);
  });
}

for (const [title, bytes] of [["its Close frame", CLOSE_1000], ["a broken rule", RESERVED_OPCODE]] as const) {
  test(`Connection: a client that never ends after ${title} is let go of`, async (context) => {
    stopTheClock(context);
    const { socket } = connect();
    socket.push(Buffer.from(bytes));
    await settled();
    mock.timers.tick(10_000);
    assert.equal(socket.destroyed, true);
  });
}


test("Connection: a client that ends, but reads nothing, is let go of", async (context) => {
  stopTheClock(context);
  const { socket, connection } = connect();
  socket.isStuck = true;
  connection.send(Buffer.from("nobody reads this"), false);
  socket.push(null);
  await settled();
  assert.equal(connection.state, "closed");
  mock.timers.tick(10_000);
  assert.equal(socket.destroyed, true);
});


test("Connection: close() inside of onClose leaves no timer", async (context) => {
  const timersLeft = watchTimers(context);
  const scene = connect({ onClose: () => scene.connection.close() });
  scene.socket.destroy();
  await closed(scene.socket);
  assert.equal(timersLeft(), 0);
});

test("Connection: close() and send() inside of every event do no harm", async (context) => {
  const timersLeft = watchTimers(context);
  const act = () => {
    scene.connection.close(4000, "now");
    assert.equal(scene.connection.send(Buffer.from("a"), false), false);
  };
  const scene = connect({ onMessage: act, onError: act, onClose: act });
  scene.socket.push(Buffer.concat([TEXT_A, TEXT_A, RESERVED_OPCODE]));
  scene.socket.push(null);
  await closed(scene.socket);
  assert.deepEqual(scene.events, ["text a", "text a", "error 1002", "close 1006 "]);
  assert.equal(scene.socket.received, "88050fa06e6f77");
  assert.equal(timersLeft(), 0);
});


test("Connection: if onError throws, the client is let go of all the same", (context) => {
  stopTheClock(context);
  const { socket, connection } = connect({
    onError() {
      throw new Error("oops");
    },
  });
  assert.throws(() => connection.receive(Buffer.from(RESERVED_OPCODE)), /oops/);
  mock.timers.tick(10_000);
  assert.equal(socket.destroyed, true);
});

test("Connection: a real client that resets in the middle of it all", async () => {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [net.Socket];
  socket.on("error", () => {});
  const code = new Promise<number>((resolve) => {
    const handler: ConnectionHandler = {
      onMessage: (data) => void connection.send(data, false),
      onPing: () => {},
      onPong: () => {},
      onError: () => {},
      onClose: resolve,
      onDrain: () => {},
    };
    const connection = new Connection(socket, handler, { maxPayload: 1000 });
  });
  client.on("error", () => {});
  client.write(TEXT_A);
  const [answer] = (await once(client, "data")) as [Buffer];
  assert.equal(answer.toString("hex"), "810161");
  client.resetAndDestroy();
  assert.equal(await code, 1006);
  server.close();
});
