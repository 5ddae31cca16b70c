import { checksOf, expectFrame, frame, OP } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

const more = { fin: false };

check("puts the fragments of a text together", { proves: ["R17", "R18"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "Web", more));
  client.send(frame(OP.continuation, "sock", more));
  client.send(frame(OP.continuation, "ets"));
  await expectFrame(client, OP.text, "Websockets");
});

check("puts the fragments of binary data together, and keeps the type", { proves: ["R18"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.binary, Uint8Array.of(0xff), more));
  client.send(frame(OP.continuation, Uint8Array.of(0xfe)));
  await expectFrame(client, OP.binary, Uint8Array.of(0xff, 0xfe));
});

check("answers a ping between two fragments at once", { proves: ["R18", "R20"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "one, ", more));
  client.send(frame(OP.ping, "in between"));
  await expectFrame(client, OP.pong, "in between");
  client.send(frame(OP.continuation, "two"));
  await expectFrame(client, OP.text, "one, two");
});

check("takes empty fragments anywhere", { proves: ["R18"] }, async (server) => {
  const client = await server.open();
  const fragments = [frame(OP.text, "", more), frame(OP.continuation, "a", more), frame(OP.continuation, "", more), frame(OP.continuation, "")];
  client.send(Buffer.concat(fragments));
  await expectFrame(client, OP.text, "a");
  client.send(Buffer.concat([frame(OP.text, "", more), frame(OP.continuation, "")]));
  await expectFrame(client, OP.text, "");
});

check("begins anew after each message", { proves: ["S22", "R18"] }, async (server) => {
  const client = await server.open();
  for (const text of ["first", "second"]) {
    client.send(Buffer.concat([...text].map((letter, i) => frame(i === 0 ? OP.text : OP.continuation, letter, { fin: i === text.length - 1 }))));
    await expectFrame(client, OP.text, text);
  }
  client.send(frame(OP.text, "whole"));
  await expectFrame(client, OP.text, "whole");
});

check("puts fragments together that come one byte at a time", { proves: ["R18"] }, async (server) => {
  const client = await server.open();
  const bytes = Buffer.concat([frame(OP.text, "ab", more), frame(OP.ping, "p"), frame(OP.continuation, "cd")]);
  for (const byte of bytes) {
    client.send(Uint8Array.of(byte));
    await server.caughtUp();
  }
  await expectFrame(client, OP.pong, "p");
  await expectFrame(client, OP.text, "abcd");
});

check("takes 20,000 fragments of one byte", { proves: ["R18"] }, async (server) => {
  const client = await server.open();
  const fragments = [frame(OP.binary, "x", more)];
  for (let i = 0; i < 19_998; i++) fragments.push(frame(OP.continuation, "x", more));
  fragments.push(frame(OP.continuation, "x"));
  client.send(Buffer.concat(fragments));
  await expectFrame(client, OP.binary, Buffer.alloc(20_000, "x"));
});
