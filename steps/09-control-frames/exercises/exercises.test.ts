import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { checksOf, closePayload, expectFrame, frame, OP, runProgram } from "../../../scripts/checks/index.ts";

const server = checksOf(new URL("../server.ts", import.meta.url));

server("the client that pings gets its pong, and a close frame without the reason", { proves: ["R20", "R23"] }, async ({ port }) => {
  const file = fileURLToPath(new URL("ping.ts", import.meta.url));
  const output = await runProgram(file, { PORT: String(port) });
  assert.deepEqual(output.trim().split("\n"), [
    "Sent     opcode 9: 68656c6c6f",
    "Received opcode 10: 68656c6c6f",
    "Sent     opcode 8: 03e8627965",
    "Received opcode 8: 03e8",
    "The server has hung up",
  ]);
});

const pingThePage = checksOf(new URL("ping-the-page.ts", import.meta.url));

pingThePage("exercise 1: a ping each second, and its pong is printed", { proves: ["R20"] }, async (server) => {
  const client = await server.open();
  for (const payload of ["ping 1", "ping 2"]) {
    await expectFrame(client, OP.ping, payload);
    client.send(frame(OP.pong, payload));
    await server.printed(`Pong: ${payload}\n`);
  }
});

const closeFirst = checksOf(new URL("close-first.ts", import.meta.url));

closeFirst("exercise 2: the server closes first, and does not answer the answer", { proves: ["R23"] }, async (server) => {
  const client = await server.open();
  await expectFrame(client, OP.close, closePayload(4000, "tea time"));
  await client.expectSilence();
  client.send(frame(OP.close, closePayload(4000)));
  await client.expectEnd();
  assert.equal(client.unread.length, 0);
});
