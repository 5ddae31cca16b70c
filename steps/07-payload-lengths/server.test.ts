import { checksOf, expectFrame, frame, OP } from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

for (const length of [126, 125, 127, 128, 255, 256, 65_535, 65_536, 70_000, 1_000_000]) {
  check(`sends a text of ${length} bytes back`, { proves: ["R14"] }, async (server) => {
    const text = "0123456789".repeat(length / 10 + 1).slice(0, length);
    const client = await server.open();
    client.send(frame(OP.text, text));
    await expectFrame(client, OP.text, text);
  });
}

check("reads all eight bytes of a 64-bit length", { proves: ["R14"], retiredBy: "protocol-errors" }, async (server) => {
  const client = await server.open();
  // Whoever reads only the last four bytes takes this for a frame of 16 bytes.
  client.send(frame(OP.text, "sixteen letters.", { lengthBits: 64, declaredLength: 2n ** 32n + 16n }));
  await client.expectSilence();
});
