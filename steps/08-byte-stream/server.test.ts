import { checksOf, expectFrame, frame, OP } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

check("answers a hundred frames that come in one write", { proves: ["N11"] }, async (server) => {
  const client = await server.open();
  const texts = Array.from({ length: 100 }, (_, i) => `message ${i}`);
  client.send(Buffer.concat(texts.map((text) => frame(OP.text, text))));
  for (const text of texts) await expectFrame(client, OP.text, text);
});

check("answers frames that come together with the request", { proves: ["S17", "N10"] }, async (server) => {
  const client = await server.connect();
  client.send(Buffer.concat([Buffer.from(server.upgradeRequest()), frame(OP.text, "early"), frame(OP.text, "bird")]));
  const response = await client.readResponse();
  if (response.status !== 101) throw client.failure(`Expected status 101, but the response has ${response.status}.`);
  await expectFrame(client, OP.text, "early");
  await expectFrame(client, OP.text, "bird");
});

check("answers a frame whose first half comes with the request", { proves: ["N10"] }, async (server) => {
  const whole = frame(OP.text, "cut in two");
  for (const cut of [1, 2, 5, 6, 9]) {
    const client = await server.connect();
    client.send(Buffer.concat([Buffer.from(server.upgradeRequest()), whole.subarray(0, cut)]));
    await client.readResponse();
    client.send(whole.subarray(cut));
    await expectFrame(client, OP.text, "cut in two");
  }
});

check("answers frames that come one byte at a time", { proves: ["N11"] }, async (server) => {
  const client = await server.open();
  for (const text of ["a", "x".repeat(130)]) {
    for (const byte of frame(OP.text, text)) {
      client.send(Uint8Array.of(byte));
      await server.caughtUp();
    }
    await expectFrame(client, OP.text, text);
  }
});

check("answers a long frame wherever its header is cut", { proves: ["N11"] }, async (server) => {
  const client = await server.open();
  const text = "0123456789".repeat(7_000);
  const bytes = frame(OP.text, text);
  for (let cut = 1; cut < 14; cut++) {
    client.send(bytes.subarray(0, cut));
    // Without a pause, both parts can arrive as one chunk.
    await client.expectSilence(20);
    client.send(bytes.subarray(cut));
    await expectFrame(client, OP.text, text);
  }
});

check("answers two frames wherever they are cut", { proves: ["N11"] }, async (server) => {
  const client = await server.open();
  const both = Buffer.concat([frame(OP.text, "x".repeat(126)), frame(OP.text, "second")]);
  for (let cut = 1; cut < both.length; cut++) {
    client.send(both.subarray(0, cut));
    await server.caughtUp();
    client.send(both.subarray(cut));
    await expectFrame(client, OP.text, "x".repeat(126));
    await expectFrame(client, OP.text, "second");
  }
});

check("answers a frame of a million bytes that comes in small pieces", { proves: ["N11"] }, async (server) => {
  const client = await server.open();
  const text = "0123456789".repeat(100_000);
  const bytes = frame(OP.text, text);
  for (let i = 0; i < bytes.length; i += 1000) client.send(bytes.subarray(i, i + 1000));
  await expectFrame(client, OP.text, text);
});
