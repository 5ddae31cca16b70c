import { checksOf, expectAccepted, expectHeader } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

check("answers 101 Switching Protocols", { proves: ["R11"] }, async (server) => {
  const client = await server.request();
  await expectAccepted(client);
});

check("names the protocol that it switches to", { proves: ["R11"] }, async (server) => {
  const client = await server.request();
  const response = await expectAccepted(client);
  expectHeader(client, response, { name: "Upgrade", value: "websocket", list: true });
  expectHeader(client, response, { name: "Connection", value: "Upgrade", list: true });
});

check("leaves the connection open after the 101", { proves: ["R11"] }, async (server) => {
  const client = await server.request();
  await expectAccepted(client);
  await client.expectSilence();
});

check("ends the connection when the client does", { proves: ["C2", "N8"] }, async (server) => {
  const client = await server.request();
  await expectAccepted(client);
  client.end();
  await client.expectEnd();
});

check(
  "prints the text that the client sends",
  { proves: ["C3"], retiredBy: "accept-key" },
  async (server) => {
    const client = await server.request();
    await expectAccepted(client);
    client.send("Message from the client");
    await server.printed("Message from the client");
  },
);

check(
  "answers in bare text",
  { proves: ["C3"], retiredBy: "accept-key" },
  async (server) => {
    const client = await server.request();
    await expectAccepted(client);
    client.send("Message from the client");
    await client.expectBytes(Buffer.from("Hi, from the server!"), "the greeting");
  },
);
