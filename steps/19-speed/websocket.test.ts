import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import net from "node:net";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { WebSocket as Client } from "ws";
import { toArrayBuffer, toBuffer } from "./data.ts";
import { refusal } from "./handshake.ts";
import { parseTokens } from "./header-values.ts";
import { refuse } from "./refusal.ts";
import { WebSocketServer } from "./websocket-server.ts";
import { WebSocket } from "./websocket.ts";

const lists: [header: string, tokens: string[] | undefined][] = [
  ["chat", ["chat"]],
  ["chat,superchat", ["chat", "superchat"]],
  [" \tchat\t , \t superchat ", ["chat", "superchat"]],
  ["a, a", ["a", "a"]],
  ["!#$%&'*+-.^_`|~09azAZ", ["!#$%&'*+-.^_`|~09azAZ"]],
  ["", undefined],
  [" ", undefined],
  [",", undefined],
  ["a,", undefined],
  [",a", undefined],
  ["a,,b", undefined],
  ["a b", undefined],
  ["a;b", undefined],
  ['"a"', undefined],
  ["a\n", undefined],
  ["ä", undefined],
  ["a\u{1f44b}", undefined],
];
for (const [header, tokens] of lists) {
  test(`parseTokens: ${JSON.stringify(header)}`, () => assert.deepEqual(parseTokens(header), tokens));
}

test("parseTokens: agrees with a slow and simple one", () => {
  const pieces = fc.array(fc.constantFrom("a", "B2", ",", " ", "\t", "@", "~", '"')).map((list) => list.join(""));
  const simple = (header: string) => {
    const tokens = header.split(",").map((item) => item.replace(/^[ \t]+|[ \t]+$/g, ""));
    return tokens.every((item) => /^[\w!#$%&'*+.^`|~-]+$/.test(item)) ? tokens : undefined;
  };
  fc.assert(fc.property(pieces, (header) => assert.deepEqual(parseTokens(header), simple(header))));
});

test("toBuffer: looks at the bytes that are there, and toArrayBuffer copies them", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const view = toBuffer(bytes.subarray(1, 3));
  bytes[1] = 9;
  assert.deepEqual([...view], [9, 3]);
  assert.equal(toBuffer(bytes.buffer).length, 4);
  const copy = toArrayBuffer(Buffer.from("a small one, out of a pool").subarray(2, 7));
  assert.equal(Buffer.from(copy).toString(), "small");
  assert.equal(copy.byteLength, 5);
});

test("refuse: a socket that is gone, or was answered before, gets nothing and starts no timer", (context) => {
  const timers = context.mock.method(globalThis, "setTimeout");
  const gone = new Duplex({ read() {}, write(_chunk, _encoding, done) { done(); } });
  gone.destroy();
  refuse(gone, refusal(400, "no"));
  assert.equal(timers.mock.callCount(), 0);

  let sent = "";
  const open = new Duplex({ read() {}, write(chunk, _encoding, done) { sent += chunk; done(); } });
  refuse(open, refusal(400, "no"));
  refuse(open, refusal(401, "no again"));
  assert.equal(timers.mock.callCount(), 1);
  assert.match(sent, /^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nno\n$/);
  open.destroy();
});

test("maxPayload must be a number of bytes", () => {
  for (const maxPayload of [Number.NaN, -1]) {
    assert.throws(() => new WebSocketServer({ noServer: true, maxPayload }), RangeError);
  }
  new WebSocketServer({ noServer: true, maxPayload: Infinity });
});

/** A server whose listener throws at the first of three messages. */
const THROWING = `
import { once } from "node:events";
import { WebSocket } from "ws";
import { WebSocketServer } from "./websocket-server.ts";

process.on("uncaughtException", (error) => console.log("uncaught: " + error.message));
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    console.log("message " + data);
    if (String(data) === "1") throw new Error("oops");
  });
  socket.on("close", () => server.close());
});
await once(server, "listening");
const client = new WebSocket("ws://127.0.0.1:" + server.address().port);
await once(client, "open");
// One chunk.
client._socket.cork();
for (const text of ["1", "2", "3"]) client.send(text);
client.close();
client._socket.uncork();
`;

test("a listener that throws ends up as an uncaught exception, and the frames behind are not lost", () => {
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", THROWING];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const output = execFileSync(process.execPath, args, { env, cwd, timeout: 15_000 }).toString();
  assert.deepEqual(output.trim().split("\n"), ["message 1", "message 2", "message 3", "uncaught: oops"]);
});

for (const [what, request, status] of [
  ["what is not HTTP", "hello\r\n\r\n", 400],
  ["headers without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(100_000)}`, 431],
  ["a HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 405],
] as const) {
  test(`a server of our own answers ${what} with ${status}`, async (context) => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    context.after(() => server.close());
    await once(server, "listening");
    const client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
    client.on("error", () => {});
    client.write(request);
    const [answer] = (await once(client, "data")) as [Buffer];
    client.destroy();
    assert.match(answer.toString(), new RegExp(`^HTTP/1\\.1 ${status} `));
  });
}

test("two servers share an HTTP server: none of them answers or ends what is a WebSocket already", async (context) => {
  const verdicts: ((ok: boolean) => void)[] = [];
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const hesitant = new WebSocketServer({ noServer: true, verifyClient: (_info: unknown, verdict: (ok: boolean) => void) => void verdicts.push(verdict) });
  const picky = new WebSocketServer({ noServer: true, path: "/elsewhere" });
  const quick = new WebSocketServer({ noServer: true });
  const sockets: WebSocket[] = [];
  http.on("upgrade", (request, socket, head) => {
    hesitant.handleUpgrade(request, socket, head, () => assert.fail("it is the other server's"));
    quick.handleUpgrade(request, socket, head, (webSocket) => void sockets.push(webSocket));
    for (const server of [picky, quick]) {
      assert.throws(() => server.handleUpgrade(request, socket, head, () => {}), /handleUpgrade\(\) before/);
    }
  });
  const client = new Client(`ws://127.0.0.1:${(http.address() as net.AddressInfo).port}`);
  context.after(() => {
    client.terminate();
    http.close();
  });
  client.on("error", assert.fail);
  await once(client, "open");
  verdicts[0]?.(false);
  assert.throws(() => verdicts[0]?.(true), /handleUpgrade\(\) before/);
  const message = once(client, "message");
  sockets[0]?.send("still here");
  assert.equal(String((await message)[0]), "still here");
});

test("addEventListener: what every object has is no event", () => {
  const socket = new WebSocket(null);
  for (const type of ["toString", "constructor"]) {
    socket.addEventListener(type as never, () => {});
    assert.equal(socket.listenerCount(type as never), 0);
  }
});
