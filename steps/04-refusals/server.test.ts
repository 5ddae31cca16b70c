import { randomBytes } from "node:crypto";
import {
  checksOf,
  expectAccepted,
  expectHeader,
  expectRefused,
  SAMPLE_ACCEPT,
  SAMPLE_KEY,
  type HeaderExpectation,
  type RequestOptions,
  type RequirementId,
} from "../../scripts/checks/index.ts";

const check = checksOf(new URL("server.ts", import.meta.url));

const ALLOW: HeaderExpectation[] = [{ name: "Allow", value: "GET", list: true }];
const UPGRADE: HeaderExpectation[] = [
  { name: "Upgrade", value: "websocket", list: true },
  { name: "Connection", value: "Upgrade", list: true },
];
const VERSION: HeaderExpectation[] = [{ name: "Sec-WebSocket-Version", value: "13", list: true }];

const key = (value: string | string[] | null) => ({ headers: { "Sec-WebSocket-Key": value } });
const origin = (value: string | string[]) => ({ headers: { Origin: value } });

// Requests that must be refused: what is wrong, the change to a correct request, the answer, and
// the sentence that helps whose server lets it pass.
refused("a POST", ["R1", "N1"], { method: "POST" }, 405, "a handshake is a GET", ALLOW);
refused("a PUT", ["R1"], { method: "PUT" }, 405, "a handshake is a GET", ALLOW);

refused("HTTP/1.0", ["R2", "N1"], { version: "HTTP/1.0" }, 505, "upgrades came with HTTP/1.1");

refused("a missing Host", ["R3", "N1"], { headers: { Host: null } }, 400, "HTTP/1.1 demands a Host header, and Node does not look on upgrades");
refused("an empty Host", ["R3"], { headers: { Host: "" } }, 400, "the Host header names no host");
refused("two Hosts", ["R3", "N5"], { headers: { Host: ["localhost", "example.com"] } }, 400, "two Host headers contradict each other, and Node shows only the first in request.headers");
refused("a Host that is a URL", ["R3"], { headers: { Host: "http://localhost/" } }, 400, "a Host header is a host and perhaps a port");

refused("a body with Content-Length", ["R4", "N3"], { headers: { "Content-Length": "5" }, body: "hello" }, 400, "the body would be read as the first frame");
refused("a body that never comes", ["R4", "N3"], { headers: { "Content-Length": "1000000" } }, 400, "the body would be read as the first frame");
refused("a chunked body", ["R4", "N3"], { headers: { "Transfer-Encoding": "chunked" }, body: "5\r\nhello\r\n0\r\n\r\n" }, 400, "the body would be read as the first frame");

refused("Upgrade: h2c", ["R5", "N1"], { headers: { Upgrade: "h2c" } }, 426, "that is another protocol", UPGRADE);
refused("Upgrade: websocket2", ["R5"], { headers: { Upgrade: "websocket2" } }, 426, "the whole value counts, not how it begins", UPGRADE);
refused("a request without Upgrade", ["R5"], { headers: { Upgrade: null } }, 426, "the client did not ask for a WebSocket", UPGRADE);
refused("a request without Connection", ["R5"], { headers: { Connection: null } }, 426, "Upgrade counts only if Connection names it", UPGRADE);
refused("Connection: keep-alive alone", ["R5"], { headers: { Connection: "keep-alive" } }, 426, "Upgrade counts only if Connection names it", UPGRADE);
refused("Connection: upgraded", ["R5"], { headers: { Connection: "upgraded" } }, 426, "the whole token counts, not a part of it", UPGRADE);
refused("a plain GET", ["R5"], { headers: PLAIN() }, 426, "someone has opened the address in a browser, and deserves a word", UPGRADE);
refused("a plain POST", ["R1"], { method: "POST", headers: PLAIN() }, 405, "there is nothing to post to", ALLOW);

refused("a request without a key", ["R6"], key(null), 400, "without a key there is nothing to prove");
refused("an empty key", ["R6"], key(""), 400, "a key is 16 bytes in base64");
refused("a key of 15 bytes", ["R6"], key(Buffer.alloc(15, 1).toString("base64")), 400, "a key is 16 bytes in base64");
refused("a key of 17 bytes", ["R6"], key(Buffer.alloc(17, 1).toString("base64")), 400, "a key is 16 bytes in base64");
refused("a key without padding", ["R6"], key(SAMPLE_KEY.slice(0, 22)), 400, "base64 of 16 bytes ends in ==");
refused("a key that is not base64", ["R6"], key("dGhlIHNhbXBsZSBub25jZ*=="), 400, "* is no base64 digit");
refused("a key with stray bits", ["R6"], key("dGhlIHNhbXBsZSBub25jZR=="), 400, "the last digit of 16 bytes is A, Q, g or w; lenient decoders drop the stray bits, and we do not");
refused("two keys", ["R6", "N5"], key([SAMPLE_KEY, "AAAAAAAAAAAAAAAAAAAAAA=="]), 400, "which one should be answered? Node joins them with a comma");

refused("version 8", ["R7"], { headers: { "Sec-WebSocket-Version": "8" } }, 426, "this is an old draft", VERSION);
refused("version 14", ["R7"], { headers: { "Sec-WebSocket-Version": "14" } }, 426, "nobody knows version 14 yet", VERSION);
refused("version 013", ["R7"], { headers: { "Sec-WebSocket-Version": "013" } }, 426, "a version has no leading zero", VERSION);
refused("versions 13 and 8 at once", ["R7", "N5"], { headers: { "Sec-WebSocket-Version": ["13", "8"] } }, 426, "one request has one version", VERSION);
refused("a request without a version", ["R7"], { headers: { "Sec-WebSocket-Version": null } }, 426, "the client must say which protocol it speaks", VERSION);

refused("an unknown path", ["R8"], { path: "/no-such-path" }, 404, "the server speaks WebSocket at / only");
refused("a foreign Origin", ["R8", "S13"], origin("http://localhost:4000"), 403, "any page in the world could connect with the cookies of its visitor");
refused("a foreign Origin with our name in it", ["R8"], origin("http://localhost:3000.evil.example"), 403, "an origin is compared whole");
refused("an allowed host with another scheme", ["R8"], origin("https://localhost:3000"), 403, "scheme, host and port make an origin; all three count");
refused("Origin: null", ["R8"], origin("null"), 403, "null is what every file, every sandboxed frame sends, the attacker's too");
refused("an Origin that is empty", ["R8"], origin(""), 403, "no page has an empty origin");
refused("an Origin that is no origin", ["R8"], origin("localhost:3000"), 403, "an origin has a scheme");
refused("two Origins", ["R8", "N5"], origin(["http://localhost:3000", "http://localhost:3000"]), 403, "Node joins them with a comma, and no origin holds one");

// Requests that only look odd, and must be accepted.
accepted("Upgrade: WebSocket", ["R5"], { headers: { Upgrade: "WebSocket" } });
accepted("Connection: keep-alive, Upgrade", ["R5"], { headers: { Connection: "keep-alive, Upgrade" } });
accepted("connection: UPGRADE, in two headers", ["R5"], { headers: { Connection: ["keep-alive", "UPGRADE"] } });
accepted("Content-Length: 0", ["R4"], { headers: { "Content-Length": "0" } });
accepted("a path with a query", ["R8"], { path: "/?room=1" });
accepted("no Origin: a client that is no browser", ["R8"], {});
accepted("the Origin of npm start", ["R8", "S13"], origin("http://localhost:3000"));
accepted("keys that end in A, Q, g and w", ["R6"], ...["A", "Q", "g", "w"].map((last) => key(`AAAAAAAAAAAAAAAAAAAAA${last}==`)));

check("accepts the Origin of its own host", { proves: ["R8", "S13"] }, async (server) => {
  await expectAccepted(await server.request(origin(`http://localhost:${server.port}`)));
});

check("refuses a foreign Origin that ends like its own host with 403", { proves: ["R8"] }, async (server) => {
  const client = await server.request(origin(`http://evil-localhost:${server.port}`));
  await expectRefused(client, 403, "an origin is compared whole");
});

check("answers HEAD without a body", { proves: ["R1"] }, async (server) => {
  const client = await server.request({ method: "HEAD" });
  const response = await client.readResponse();
  if (response.status !== 405) throw client.failure(`Expected status 405, but the response has ${response.status}.`);
  await client.expectEnd();
  if (client.unread.length > 0) throw client.failure("The response to a HEAD has no body (RFC 9110, section 9.3.2).");
});

check("answers a plain POST with a large body", { proves: ["R1"] }, async (server) => {
  const size = 8 * 1024 * 1024;
  const client = await server.request({ method: "POST", headers: { ...PLAIN(), "Content-Length": String(size) } });
  client.send(Buffer.alloc(size));
  await expectRefused(client, 405, "closing with bytes unread can lose the answer", ALLOW);
});

check("answers with all three headers", { proves: ["R11"] }, async (server) => {
  const client = await server.request(key(SAMPLE_KEY));
  const response = await expectAccepted(client);
  for (const header of UPGRADE) expectHeader(client, response, header);
  expectHeader(client, response, { name: "Sec-WebSocket-Accept", value: SAMPLE_ACCEPT });
});

// Node 20 reads the first 1,000 headers and drops the rest without a word; later versions answer 431.
for (const [what, dangerous] of [
  ["a foreign Origin", "Origin: http://evil.example"],
  ["a second Host", "Host: evil.example"],
  ["a body", "Content-Length: 5"],
] as const) {
  check(`does not overlook ${what} behind 1,500 headers`, { proves: ["N4"] }, async (server) => {
    const filler = Array.from({ length: 1500 }, (_, i) => `X-${i}: 1\r\n`).join("");
    const client = await server.connect();
    client.send(`${server.upgradeRequest().slice(0, -2)}${filler}${dangerous}\r\n\r\n`);
    const { status } = await client.readResponse();
    if (![400, 403, 431].includes(status)) {
      throw client.failure(`Expected status 400, 403 or 431, but the response has ${status}.`);
    }
  });
}

check("answers 400 to what is not HTTP", { proves: ["C2"] }, async (server) => {
  const client = await server.connect();
  client.send("GET / HTTP/1.1\r\nHost localhost\r\n\r\n");
  await expectRefused(client, 400, "a header is a name, a colon and a value");
});

check("answers 431 to headers without end", { proves: ["N4"] }, async (server) => {
  const client = await server.request({ headers: { "X-Long": "x".repeat(200_000) } });
  const response = await client.readResponse();
  if (response.status !== 431) throw client.failure(`Expected status 431, but the response has ${response.status}.`);
});

check("lives on when a client resets the connection after its request", { proves: ["N2", "S16"] }, async (server) => {
  for (let i = 0; i < 20; i++) {
    const client = await server.connect();
    client.send(server.upgradeRequest());
    client.send(randomBytes(64 * 1024));
    await client.reset();
  }
  await expectAccepted(await server.request());
});

check("lives on when a client resets an open WebSocket", { proves: ["N2"] }, async (server) => {
  for (let i = 0; i < 5; i++) await (await server.open()).reset();
  await expectAccepted(await server.request());
});

check("lives on when a refused client resets the connection", { proves: ["N2", "S16"] }, async (server) => {
  for (let i = 0; i < 20; i++) {
    const client = await server.request({ method: "POST" });
    client.send(randomBytes(64 * 1024));
    await client.reset();
  }
  await expectAccepted(await server.request());
});

check("hangs up on a refused client that does not", { proves: ["C2"] }, async (server) => {
  const client = await server.request({ method: "POST" });
  const response = await client.readResponse();
  await client.readBody(response);
  // A server may also keep the connection for another request.
  if (!/\bclose\b/i.test(response.header("connection") ?? "")) return;
  await client.expectEnd();
  // We keep our side open and go on talking: after a while, nobody is there any more.
  await client.expectDeath();
});

check("answers while 200 clients stop in the middle of their handshake", { proves: ["C2"] }, async (server) => {
  const half = server.upgradeRequest().slice(0, -20);
  for (let i = 0; i < 200; i++) (await server.connect()).send(half);
  await expectAccepted(await server.request());
});

function PLAIN() {
  return { Upgrade: null, Connection: null, "Sec-WebSocket-Key": null, "Sec-WebSocket-Version": null };
}

function refused(
  what: string,
  proves: RequirementId[],
  change: RequestOptions,
  status: number,
  why: string,
  headers: HeaderExpectation[] = [],
): void {
  check(`refuses ${what} with ${status}`, { proves }, async (server) => {
    await expectRefused(await server.request(change), status, why, headers);
    // A refusal must not cost anyone else the connection.
    await expectAccepted(await server.request());
  });
}

function accepted(what: string, proves: RequirementId[], ...changes: RequestOptions[]): void {
  check(`accepts ${what}`, { proves }, async (server) => {
    for (const change of changes) await expectAccepted(await server.request(change));
  });
}
