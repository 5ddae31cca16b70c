import { checksOf, expectAccepted, expectRefused } from "../../../scripts/checks/index.ts";

const token = checksOf(new URL("token.ts", import.meta.url));

token("exercise 1: 401 without the token", { proves: ["R8"] }, async (server) => {
  const header = [{ name: "WWW-Authenticate", value: 'Token realm="WebSocket"' }];
  for (const path of ["/", "/?token=", "/?token=Secret", "/?token=secret2", "/?key=secret"]) {
    await expectRefused(await server.request({ path }), 401, "the token is wrong", header);
  }
});

token("exercise 1: 101 with the token", { proves: ["R8"] }, async (server) => {
  await expectAccepted(await server.request({ path: "/?token=secret" }));
});

token("exercise 1: other refusals come first", { proves: ["R8"] }, async (server) => {
  const client = await server.request({ headers: { Origin: "http://evil.example" } });
  await expectRefused(client, 403, "the origin is foreign");
});

const knownHosts = checksOf(new URL("known-hosts.ts", import.meta.url));

knownHosts("exercise 2: a rebound name is refused though Host and Origin agree", { proves: ["R8"] }, async (server) => {
  const host = `evil.example:${server.port}`;
  const client = await server.request({ headers: { Host: host, Origin: `http://${host}` } });
  await expectRefused(client, 421, "the name is not the server's");
});

knownHosts("exercise 2: the server's own names are accepted", { proves: ["R8"] }, async (server) => {
  for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"]) {
    await expectAccepted(await server.request({ headers: { Host: `${host}:${server.port}` } }));
  }
});
