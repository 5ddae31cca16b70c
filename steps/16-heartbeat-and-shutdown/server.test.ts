import {
  checksOf,
  closePayload,
  expectFrame,
  expectRefused,
  frame,
  OP,
  readFrame,
  type RawClient,
  type ServerUnderTest,
} from "../../scripts/checks/index.ts";

// These checks start servers of their own, with HEARTBEAT_INTERVAL, HANDSHAKE_TIMEOUT, CLOSE_TIMEOUT
// or SHUTDOWN_TIMEOUT in the environment, in milliseconds: nobody wants to wait for 30 seconds.

const check = checksOf(new URL("server.ts", import.meta.url));
const skip = process.platform === "win32" && "Windows has no signals";
const SECOND = 1_000;

// Heartbeat. With so short an interval, a busy machine may miss one: so the clients that must live
// answer before they do anything else.

check("pings a client", { proves: ["S9"] }, async (server) => {
  const client = await (await server.with({ HEARTBEAT_INTERVAL: "200" })).open();
  await readPing(client, "a ping, since HEARTBEAT_INTERVAL is 200");
});

check("lets go of a client that does not answer a ping", { proves: ["S9"] }, async (server) => {
  const quick = await server.with({ HEARTBEAT_INTERVAL: "200" });
  const client = await quick.open();
  await readPing(client);
  await client.expectEnd();
  if (client.unread.length > 0) throw client.failure("Who does not answer can be told nothing, but bytes came.");
  await quick.printed("1006");
});

check("keeps a client that answers", { proves: ["S9"] }, async (server) => {
  const client = await (await server.with({ HEARTBEAT_INTERVAL: "600" })).open();
  for (let i = 0; i < 3; i++) client.send(frame(OP.pong, await readPing(client)));
  client.send(frame(OP.text, "still here"));
  await expectFrame(client, OP.text, "still here");
});

check("takes anything that comes for an answer", { proves: ["S9"] }, async (server) => {
  const client = await (await server.with({ HEARTBEAT_INTERVAL: "600" })).open();
  // A frame that comes slowly, as through a thin wire. Until it is complete, no pong can be sent.
  const slow = frame(OP.text, "slowly");
  for (let i = 0; i < 3; i++) {
    client.send(slow.subarray(i, i + 1));
    await readPing(client, "another ping, since a byte has come (a pong cannot come in the middle of a frame)");
  }
  client.send(slow.subarray(3));
  await expectFrame(client, OP.text, "slowly");
});

// Handshakes that never end.

const halves: [what: string, bytes: (server: ServerUnderTest) => string][] = [
  ["says nothing", () => ""],
  ["stops in the middle of its request", (server) => server.upgradeRequest().slice(0, -2)],
  ["announces a body that never comes", () => "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"],
];
for (const [what, bytes] of halves) {
  check(`gives up on a client that ${what}`, { proves: ["S1"] }, async (server) => {
    const quick = await server.with({ HANDSHAKE_TIMEOUT: "300" });
    const client = await quick.connect();
    client.send(bytes(quick));
    await expectRefusedOrEnd(client, 408);
  });
}

check("gives up on a client that sends a byte now and then", { proves: ["S1"] }, async (server) => {
  const quick = await server.with({ HANDSHAKE_TIMEOUT: "600" });
  const client = await quick.connect();
  const request = `GET / HTTP/1.1\r\nX: ${"x".repeat(4_000)}`;
  let sent = 0;
  const timer = setInterval(() => client.send(request.slice(sent, ++sent)), 50);
  try {
    await expectRefusedOrEnd(client, 408);
  } finally {
    clearInterval(timer);
  }
});

check("the time for the handshake ends with it", { proves: ["S1"] }, async (server) => {
  const client = await (await server.with({ HANDSHAKE_TIMEOUT: "300" })).open();
  await client.expectSilence(SECOND);
  client.send(frame(OP.text, "I am slow"));
  await expectFrame(client, OP.text, "I am slow");
});

check("hangs up after CLOSE_TIMEOUT on a client that does not answer the close frame", { proves: ["S10"] }, async (server) => {
  const client = await (await server.with({ CLOSE_TIMEOUT: "300" })).open();
  client.send(frame(OP.text, "close 4001 bye"));
  await readClose(client, 4001);
  await client.expectEnd();
});

// The end.

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  check(`on ${signal} says 1001 to all, waits for their answers, and ends`, { proves: ["S18", "N7"], skip }, async (server) => {
    const own = await server.with({});
    const clients = await Promise.all([own.open(), own.open(), own.open()]);
    own.signal(signal);
    for (const client of clients) {
      await readClose(client, 1001);
      // Not hung up yet: what was on its way counts.
      client.send(frame(OP.ping, "wait"));
      await expectFrame(client, OP.pong, "wait");
      client.send(frame(OP.close, closePayload(1001)));
      await client.expectEnd();
      if (client.unread.length > 0) throw client.failure("Two close frames have been exchanged, and still bytes came.");
      client.end();
    }
    await own.expectExit("all clients have gone");
  });
}

check("refuses newcomers with 503 while it closes", { proves: ["S18"], skip }, async (server) => {
  const own = await server.with({});
  const client = await own.open();
  const halfway = await own.connect();
  const request = own.upgradeRequest();
  halfway.send(request.slice(0, 20));
  await own.caughtUp();
  own.signal("SIGTERM");
  await readClose(client, 1001);

  const newcomer = await own.request();
  await expectRefused(newcomer, 503, "the server is closing");
  halfway.send(request.slice(20));
  await expectRefused(halfway, 503, "the server is closing");
  client.send(frame(OP.close, closePayload(1001)));
  await client.expectEnd();
  for (const gone of [newcomer, halfway, client]) gone.end();
  await own.expectExit("all clients have gone");
});

check("does not wait for clients that never were there", { proves: ["S18", "S1"], skip }, async (server) => {
  const own = await server.with({});
  const client = await own.open();
  const silent = await own.connect();
  const halfway = await own.connect();
  halfway.send(own.upgradeRequest().slice(0, 20));
  own.signal("SIGTERM");
  await readClose(client, 1001);
  client.send(frame(OP.close, closePayload(1001)));
  await client.expectEnd();
  client.end();
  for (const stranger of [silent, halfway]) await expectRefusedOrEnd(stranger, 503);
  for (const stranger of [silent, halfway]) stranger.end();
  await own.expectExit("the only WebSocket is closed, and HANDSHAKE_TIMEOUT is no reason to wait");
});

check("cuts off who never answers, after SHUTDOWN_TIMEOUT", { proves: ["S18"], skip }, async (server) => {
  const own = await server.with({ SHUTDOWN_TIMEOUT: "500" });
  const client = await own.open();
  own.signal("SIGTERM");
  await readClose(client, 1001);
  await client.expectEnd();
  await own.expectExit("its time is over");
});

check("ends at once on the second signal", { proves: ["S18"], skip }, async (server) => {
  const own = await server.with({});
  const client = await own.open();
  own.signal("SIGINT");
  await readClose(client, 1001);
  await client.expectSilence();
  own.signal("SIGINT");
  await own.expectExit("somebody has pressed Ctrl-C twice");
});

/** The payload of the next frame, which must be a ping. */
async function readPing(client: RawClient, what = "a ping"): Promise<Buffer> {
  const { opcode, payload } = await readFrame(client, what);
  if (opcode !== OP.ping) throw client.failure(`Expected ${what}, but a frame with opcode ${opcode} came.`);
  return payload;
}

/** A close frame with this code, and not yet the end of the connection. */
async function readClose(client: RawClient, code: number): Promise<void> {
  const what = `a close frame with code ${code}`;
  const { opcode, payload } = await readFrame(client, what);
  const actual = payload.length >= 2 ? payload.readUInt16BE() : undefined;
  if (opcode !== OP.close) throw client.failure(`Expected ${what}, but a frame with opcode ${opcode} came.`);
  if (actual !== code) throw client.failure(`Expected ${what}, but it has ${actual === undefined ? "no code" : `code ${actual}`}.`);
}

/** To hang up without a word is allowed as well: the client has not even finished its question. */
async function expectRefusedOrEnd(client: RawClient, status: number): Promise<void> {
  await client.expectEnd();
  if (client.unread.length === 0) return;
  const response = await client.readResponse();
  if (response.status !== status) throw client.failure(`Expected status ${status} or nothing, but the response has ${response.status}.`);
}
