import {
  checksOf,
  expectRefused,
  frame,
  OP,
  readFrame,
  type RawClient,
  type ServerUnderTest,
} from "../../../scripts/checks/index.ts";

const skip = process.platform === "win32" && "Windows has no signals";
const jitter = checksOf(new URL("jitter.ts", import.meta.url));

jitter("exercise 1: everyone is pinged once an interval, and not all at once", { proves: ["S9"] }, async (server) => {
  const quick = await server.with({ HEARTBEAT_INTERVAL: "1500" });
  const clients: RawClient[] = [];
  for (let i = 0; i < 12; i++) clients.push(await quick.open());
  const times = await Promise.all(
    clients.map(async (client) => {
      const { opcode, payload } = await readFrame(client, "a ping");
      if (opcode !== OP.ping) throw client.failure("Expected a ping.");
      client.send(frame(OP.pong, payload));
      const time = performance.now();
      await readFrame(client, "another ping");
      return time;
    }),
  );
  // Twelve in the same of thirty slots: that will not happen.
  const spread = Math.max(...times) - Math.min(...times);
  if (spread < 25) throw clients[0]?.failure(`All pings came within ${spread} ms.`) ?? new Error();
  await Promise.all(clients.map((client) => client.expectEnd()));
});

const latency = checksOf(new URL("latency.ts", import.meta.url));

latency("exercise 2: the time comes back, and other pongs are not taken for it", { proves: ["S9"] }, async (server) => {
  const quick = await server.with({ PING_INTERVAL: "200" });
  const client = await quick.open();
  client.send(frame(OP.pong, "unasked!"));
  client.send(frame(OP.pong, ""));
  for (let i = 0; i < 2; i++) {
    const { opcode, payload } = await readFrame(client, "a ping");
    if (opcode !== OP.ping || payload.length !== 8) throw client.failure("Expected a ping with a time of 8 bytes.");
    client.send(frame(OP.pong, payload));
    const answer = await readFrame(client, "a message");
    if (!/^\d+\.\d ms/.test(answer.payload.toString())) throw client.failure("Expected so many milliseconds.");
  }
});

const readiness = checksOf(new URL("readiness.ts", import.meta.url));

readiness("exercise 3: first not ready, then 503 and 1001, then gone", { proves: ["S18"], skip }, async (server) => {
  const own = await server.with({ NOTICE_TIME: "1000" });
  await expectReady(own, 200);
  const client = await own.open();
  own.signal("SIGTERM");
  await own.printed("Not ready");
  await expectReady(own, 503);
  // Nobody is turned away as long as the load balancer may not know.
  const late = await own.open();
  for (const socket of [client, late]) {
    const { opcode, payload } = await readFrame(socket, "a close frame");
    if (opcode !== OP.close || payload.readUInt16BE() !== 1001) throw socket.failure("Expected a close frame with 1001.");
  }
  await expectRefused(await own.request(), 503, "the server is closing");
  for (const socket of [client, late]) socket.send(frame(OP.close, Uint8Array.of(0x03, 0xe9)));
  await own.releaseClients();
  await own.expectExit("everybody has gone");
});

async function expectReady(server: ServerUnderTest, status: number): Promise<void> {
  const client = await server.request({ path: "/ready", headers: { Upgrade: null, Connection: null } });
  const response = await client.readResponse();
  if (response.status !== status) throw client.failure(`Expected ${status}, but the response has ${response.status}.`);
}
