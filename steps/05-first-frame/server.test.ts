import { checksOf, frame, OP } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

check("prints the text of a frame", { proves: ["R13"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "Websockets are great"));
  await server.printed("Websockets are great");
});

check("unmasks with the key of each frame", { proves: ["R13"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "first text", { mask: [0xff, 0x00, 0x80, 0x01] }));
  await server.printed("first text");
  client.send(frame(OP.text, "second text", { mask: [0x12, 0x34, 0x56, 0x78] }));
  await server.printed("second text");
});

check("does not take the key for a part of the text", { proves: ["R13"] }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, "a clear text", { mask: [0, 0, 0, 0] }));
  await server.printed("a clear text");
});

check("prints a text of 125 bytes to its end", { proves: ["C1"], retiredBy: "payload-lengths" }, async (server) => {
  const client = await server.open();
  client.send(frame(OP.text, `${"-".repeat(122)}end`));
  await server.printed("---end");
});

check("takes as many bytes as the length says", { proves: ["C1"] }, async (server) => {
  const client = await server.open();
  // What becomes of the second is step 08's subject, but it is no part of the first.
  const texts = ["the first", "the second"];
  client.send(Buffer.concat(texts.map((text) => frame(OP.text, text, { mask: [0, 0, 0, 0] }))));
  await server.printed({ pattern: /the first(?!.*the second)/, words: 'a line with "the first" and without "the second"' });
});

check("lives through half a header", { proves: ["C2"] }, async (server) => {
  const [one, other] = [await server.open(), await server.open()];
  one.send(Buffer.from([0x81]));
  other.send(frame(OP.text, "still here"));
  await server.printed("still here");
});
