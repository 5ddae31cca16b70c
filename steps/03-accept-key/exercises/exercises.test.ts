import { checksOf, expectAccepted } from "../../../scripts/checks/index.ts";

const sendBack = checksOf(new URL("send-back.ts", import.meta.url));

sendBack("exercise 2: the same bytes come back", { proves: ["C1"] }, async (server) => {
  const frame = Buffer.from("81943d5423396a31414a5237485c492703584f31035e4f31424d", "hex");
  const client = await server.open();
  client.send(frame);
  await client.expectBytes(frame, "the bytes that were sent");
});

const bareText = checksOf(new URL("bare-text.ts", import.meta.url));

bareText("the server between steps 02 and 03 answers in bare text", { proves: ["C3"] }, async (server) => {
  const client = await server.request();
  await expectAccepted(client);
  client.send("anything");
  await client.expectBytes(Buffer.from("Hi, from the server!"), "the greeting");
});
