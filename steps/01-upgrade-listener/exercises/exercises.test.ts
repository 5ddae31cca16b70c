import { CheckError, checksOf } from "../../../scripts/checks/index.ts";

const printHeaders = checksOf(new URL("print-headers.ts", import.meta.url));

printHeaders("exercise 1: prints the request line and the headers", { proves: ["C1"] }, async (server) => {
  await server.request({ path: "/chat" });
  await server.printed("GET /chat HTTP/1.1");
  await server.printed("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==");
});

const ignoreTheUpgrade = checksOf(new URL("ignore-the-upgrade.ts", import.meta.url));

ignoreTheUpgrade("exercise 2: answers an upgrade request in plain HTTP", { proves: ["C1"] }, async (server) => {
  const client = await server.request();
  const response = await client.readResponse();
  if (response.status !== 200) throw new CheckError(`Expected 200, not ${response.status}.`);
  await client.expectBytes(Buffer.from("No upgrade for websocket, but here is a page.\n"), "the body");
});
