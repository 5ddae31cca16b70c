import { checksOf, closePayload, expectFrame, frame, OP, readFrame } from "../../../scripts/checks/index.ts";

const ticker = checksOf(new URL("ticker.ts", import.meta.url));

ticker("exercise 1: a slow reader misses prices, but not the last ones", { proves: ["S6"] }, async (server) => {
  const client = await server.open();
  client.socket.pause();
  client.send(frame(OP.text, "price 30000"));
  await new Promise((resolve) => setTimeout(resolve, 500));
  client.socket.resume();
  const last = new Map<string, number>();
  let count = 0;
  while (last.get("ACME") !== 30_000 || last.get("INIT") !== 30_000) {
    const { payload } = await readFrame(client);
    const [name = "", price] = payload.toString().split(" ");
    if (Number(price) <= (last.get(name) ?? 0)) throw client.failure(`${name} went back to ${price}.`);
    last.set(name, Number(price));
    count++;
  }
  if (count >= 60_000) throw client.failure("Nothing was left out.");
  client.send(frame(OP.text, "price 1"));
  await readFrame(client);
});

const rateLimit = checksOf(new URL("rate-limit.ts", import.meta.url));

rateLimit("exercise 2: who is too fast has to wait, and nothing is lost", { proves: ["S8"] }, async (server) => {
  const client = await server.open();
  const texts = Array.from({ length: 25 }, (_, i) => `number ${i}`);
  client.send(Buffer.concat(texts.map((text) => frame(OP.text, text))));
  for (const text of texts.slice(0, 10)) await expectFrame(client, OP.text, text);
  await client.expectSilence();
  for (const text of texts.slice(10)) await expectFrame(client, OP.text, text);
});

const duplex = checksOf(new URL("duplex.ts", import.meta.url));

duplex("exercise 3: what goes through streams comes back", { proves: ["S8"] }, async (server) => {
  const client = await server.open();
  let received = "";
  for (let i = 0; i < 100; i++) client.send(frame(OP.text, `number ${i} ${"x".repeat(1000)} `));
  while (!received.includes("number 99 ") || received.length < 100_000) received += (await readFrame(client)).payload.toString();
  for (let i = 0; i < 100; i++) if (!received.includes(`number ${i} x`)) throw client.failure(`Number ${i} is missing.`);
  client.send(frame(OP.close, closePayload(1000)));
  while ((await readFrame(client)).opcode !== OP.close);
});
