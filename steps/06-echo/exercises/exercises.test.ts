import assert from "node:assert/strict";
import { checksOf, expectFrame, frame, OP, readFrame } from "../../../scripts/checks/index.ts";

const clock = checksOf(new URL("clock.ts", import.meta.url));

clock("exercise 1: the time comes each second, unasked", { proves: ["C1"] }, async (server) => {
  const client = await server.open();
  const times = [await readFrame(client), await readFrame(client)].map(({ opcode, payload }) => {
    assert.equal(opcode, OP.text);
    return Date.parse(payload.toString());
  });
  const [first = NaN, second = NaN] = times;
  assert.ok(second > first, `${second} does not come after ${first}`);
});

const toAll = checksOf(new URL("to-all.ts", import.meta.url));

toAll("exercise 2: every client gets every text", { proves: ["C1"] }, async (server) => {
  const clients = [await server.open(), await server.open(), await server.open()];
  clients[1]?.send(frame(OP.text, "for all"));
  for (const client of clients) await expectFrame(client, OP.text, "for all");
});

toAll("exercise 2: a client that has gone is forgotten", { proves: ["C2"] }, async (server) => {
  const [gone, stays] = [await server.open(), await server.open()];
  await gone.release();
  for (const text of ["one", "two"]) {
    stays.send(frame(OP.text, text));
    await expectFrame(stays, OP.text, text);
  }
});

const noFin = checksOf(new URL("no-fin.ts", import.meta.url));

noFin("exercise 3: the same frame, without FIN", { proves: ["C3"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "Hi"));
  await client.expectBytes(Buffer.from([0x01, 2, 0x48, 0x69]), "a frame without FIN");
});
