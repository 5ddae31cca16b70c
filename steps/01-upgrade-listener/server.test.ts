import { checksOf } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

check("prints a line for an upgrade request", { proves: ["C1"] }, async (server) => {
  await server.request();
  await server.printed("Upgrading to WebSocket protocol");
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
