import { createHash, randomBytes } from "node:crypto";
import {
  checksOf,
  expectAccepted,
  expectHeader,
  SAMPLE_ACCEPT,
  SAMPLE_KEY,
} from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

/** `Websockets are great`, framed and masked as a browser does it. */
const TEXT_FRAME = Buffer.from("81943d5423396a31414a5237485c492703584f31035e4f31424d", "hex");

check("answers the RFC's sample key with the RFC's accept value", { proves: ["R11"] }, async (server) => {
  const client = await server.request({ headers: { "Sec-WebSocket-Key": SAMPLE_KEY } });
  const response = await expectAccepted(client);
  expectHeader(client, response, { name: "Sec-WebSocket-Accept", value: SAMPLE_ACCEPT });
});

check("computes the accept value anew for each key", { proves: ["R11"] }, async (server) => {
  for (let i = 0; i < 3; i++) {
    const key = randomBytes(16).toString("base64");
    const client = await server.request({ headers: { "Sec-WebSocket-Key": key } });
    const response = await expectAccepted(client);
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    expectHeader(client, response, { name: "Sec-WebSocket-Accept", value: accept });
  }
});

check("reads the key whatever the case of the header's name", { proves: ["R11"] }, async (server) => {
  const client = await server.request({
    headers: { "Sec-WebSocket-Key": null, "SEC-WEBSOCKET-KEY": SAMPLE_KEY },
  });
  const response = await expectAccepted(client);
  expectHeader(client, response, { name: "Sec-WebSocket-Accept", value: SAMPLE_ACCEPT });
});

check("does not answer in bare text", { proves: ["R11"], retiredBy: "echo" }, async (server) => {
  const client = await server.open();
  client.send(TEXT_FRAME);
  await client.expectSilence();
});

check("prints the bytes of a frame in hex and in bits", { proves: ["C1"], retiredBy: "first-frame" }, async (server) => {
  const client = await server.open();
  client.send(TEXT_FRAME);
  await server.printed("81 94 3d 54");
  await server.printed("10000001 10010100 00111101 01010100");
});
