import { setTimeout as sleep } from "node:timers/promises";
import { CheckError, checksOf } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

check("prints a line for an upgrade request", { proves: ["C1"] }, async (server) => {
  const before = server.output.length;
  // A request that asks for no upgrade comes first: a program that prints the line for anything is none yet.
  const plain = await server.connect();
  plain.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  // A line that does not come has no event: a slow machine can hide a fault here, never invent one.
  await sleep(100);
  await server.request();
  await server.printed("Upgrading to WebSocket protocol");
  // What was printed may be the line for the first request, and the second one's is on its way.
  await sleep(100);
  const lines = server.output.slice(before).split("Upgrading to WebSocket protocol").length - 1;
  if (lines > 1) throw new CheckError("The server printed the line for a request, too, that asked for no upgrade.");
});

check("serves a second client while the first one waits", { proves: ["C2"] }, async (server) => {
  await server.request();
  await server.printed("Upgrading to WebSocket protocol");
  const printed = server.output.length;
  await server.request();
  await server.printed("Upgrading to WebSocket protocol", printed);
});

check(
  "answers nothing",
  { proves: ["C3"], retiredBy: "switching-protocols" },
  async (server) => {
    const printed = server.output.length;
    const client = await server.request();
    await server.printed("Upgrading to WebSocket protocol", printed);
    await client.expectSilence();
  },
);
