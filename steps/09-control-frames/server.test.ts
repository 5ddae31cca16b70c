import { checksOf, closePayload, expectClose, expectFrame, frame, OP } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

check("answers a ping with a pong", { proves: ["R20"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.ping, "are you there?"));
  await expectFrame(client, OP.pong, "are you there?");
});

check("answers pings of 0 and 125 bytes, any bytes", { proves: ["R20"] }, async (server) => {
  const client = await server.open();
  for (const length of [0, 125]) {
    const payload = Buffer.alloc(length, 0xfe);
    client.send(frame(OP.ping, payload));
    await expectFrame(client, OP.pong, payload);
  }
});

check("answers every ping, in order", { proves: ["R20"] }, async (server) => {
  const client = await server.open();
  const names = ["1", "2", "3", "4", "5"];
  client.send(Buffer.concat(names.map((name) => frame(OP.ping, name))));
  for (const name of names) await expectFrame(client, OP.pong, name);
});

check("ignores a pong that nobody asked for", { proves: ["R20"] }, async (server) => {
  const client = await server.open();
  client.send(Buffer.concat([frame(OP.pong, "I am here"), frame(OP.text, "go on")]));
  await expectFrame(client, OP.text, "go on");
});

check("sends bytes back as bytes", { proves: ["R13"] }, async (server) => {
  const client = await server.open();
  const bytes = Uint8Array.of(0x00, 0xff, 0xfe, 0x80, 0x00);
  client.send(frame(OP.binary, bytes));
  await expectFrame(client, OP.binary, bytes);
});

check("answers a close frame with the same code, and hangs up", { proves: ["R23", "R25"] }, async (server) => {
  for (const code of [1000, 1001, 3000, 4999]) {
    const client = await server.open();
    client.send(frame(OP.close, closePayload(code, "bye")));
    await expectClose(client, code);
  }
});

check("answers an empty close frame with an empty one", { proves: ["R23", "R25"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.close));
  await expectClose(client, undefined);
});
