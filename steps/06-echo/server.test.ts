import { checksOf, expectFrame, frame, OP } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

check("sends a text back", { proves: ["R13"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "Websockets are great"));
  await expectFrame(client, OP.text, "Websockets are great");
});

check("sends one text after the other back", { proves: ["R13"] }, async (server) => {
  const client = await server.open();
  for (const text of ["one", "two", "three"]) {
    client.send(frame(OP.text, text));
    await expectFrame(client, OP.text, text);
  }
});

check("sends texts of 0, 1 and 125 bytes back", { proves: ["R13"] }, async (server) => {
  const client = await server.open();
  for (const length of [0, 1, 125]) {
    client.send(frame(OP.text, "x".repeat(length)));
    await expectFrame(client, OP.text, "x".repeat(length));
  }
});

check("counts bytes, not characters", { proves: ["R13"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "Grüße, 世界 👋"));
  await expectFrame(client, OP.text, "Grüße, 世界 👋");
});

check("answers the client that asked, and no other", { proves: ["C2"] }, async (server) => {
  const [one, other] = [await server.open(), await server.open()];
  one.send(frame(OP.text, "for one"));
  await expectFrame(one, OP.text, "for one");
  await other.expectSilence();
});
