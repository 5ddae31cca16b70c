import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptKey, checkRequest, isAllowedOrigin, targetOf, type HandshakeRequest } from "./handshake.ts";

function request(change: Partial<HandshakeRequest> = {}, headers: Record<string, string> = {}): HandshakeRequest {
  return {
    method: "GET",
    httpVersion: "1.1",
    url: "/",
    headersDistinct: { host: ["example.com"] },
    headers: {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
    ...change,
  };
}

test("acceptKey: the example of RFC 6455, section 1.3", () => {
  assert.equal(acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("checkRequest accepts a correct request", () => {
  assert.deepEqual(checkRequest(request()), { ok: true, accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", host: "example.com", protocols: [], extensions: [] });
});

test("checkRequest accepts an absolute URL in the request line", () => {
  assert.equal(checkRequest(request({ url: "http://example.com/?a=1" })).ok, true);
});

test("checkRequest takes the host of an absolute URL for the one that was asked", () => {
  const rebound = request({ url: "http://example.com/", headersDistinct: { host: ["evil.example"] } });
  const result = checkRequest(rebound);
  assert.equal(result.ok && result.host, "example.com");
});

for (const url of ["//evil/", "/..", "/%2e%2e/", "/#top", "ftp://example.com/", "http://user:pw@example.com/"]) {
  test(`targetOf does not take ${url} for the path /`, () => {
    assert.notDeepEqual(targetOf(url, "example.com"), { host: "example.com", path: "/" });
  });
}

test("checkRequest refuses, and never throws, when everything is missing", () => {
  const empty = { headers: {}, headersDistinct: {} } as HandshakeRequest;
  const result = checkRequest(empty);
  assert.equal(result.ok ? 101 : result.status, 405);
});

for (const url of ["//", "http://", "http://[", "*", "/..//", "", "\\\\"]) {
  test(`checkRequest does not throw at the URL ${JSON.stringify(url)}`, () => {
    const result = checkRequest(request({ url }));
    assert.ok(result.ok || result.status === 404 || result.status === 400);
  });
}

const origins: [origin: string | undefined, host: string, allowed: boolean][] = [
  [undefined, "example.com", true],
  ["http://localhost:3000", "example.com", true],
  ["http://example.com", "example.com", true],
  ["https://example.com", "example.com", true],
  ["http://example.com", "EXAMPLE.com", true],
  ["http://example.com:8000", "example.com:8000", true],
  ["http://[::1]:8000", "[::1]:8000", true],
  ["https://example.com", "example.com:443", true],
  ["http://example.com", "example.com:80", true],
  ["ws://example.com", "example.com", false],
  ["ftp://example.com", "example.com", false],
  ["http://example.com", "example.com:443", false],
  ["http://example.com", "exa mple.com", false],
  ["http://example.com", "example.com:8000", false],
  ["http://example.com:8000", "example.com", false],
  ["http://EXAMPLE.com", "example.com", false],
  ["http://example.com/", "example.com", false],
  ["http://user@example.com", "example.com", false],
  ["http://example.com, http://example.com", "example.com", false],
  ["https://localhost:3000", "example.com", false],
  ["http://localhost:30000", "example.com", false],
  ["null", "null", false],
  ["file://", "", false],
  ["data:text/html,hello", "example.com", false],
  ["", "example.com", false],
  ["example.com", "example.com", false],
];

for (const [origin, host, allowed] of origins) {
  test(`isAllowedOrigin: ${JSON.stringify(origin)} at host ${host} is ${allowed ? "allowed" : "refused"}`, () => {
    assert.equal(isAllowedOrigin(origin, host, ["http://localhost:3000"]), allowed);
  });
}

const requests: [title: string, change: Partial<HandshakeRequest>, headers: Record<string, string>, status: number][] = [
  ["a POST", { method: "POST" }, {}, 405],
  ["HTTP/1.0", { httpVersion: "1.0" }, {}, 505],
  ["no Host", { headersDistinct: {} }, {}, 400],
  ["an empty Host", { headersDistinct: { host: [""] } }, {}, 400],
  ["two Hosts", { headersDistinct: { host: ["a", "b"] } }, {}, 400],
  ["no URL", { url: undefined }, {}, 101],
  ["a query", { url: "/?a=b" }, {}, 101],
  ["a query without a path", { url: "?a=b" }, {}, 101],
  ["another path, which is not its affair", { url: "/chat" }, {}, 101],
  ["a body", {}, { "content-length": "1" }, 400],
  ["a body in chunks", {}, { "transfer-encoding": "chunked" }, 400],
  ["an empty body", {}, { "content-length": "0" }, 101],
  ["another protocol", {}, { upgrade: "h2c" }, 426],
  ["Upgrade in capitals", {}, { upgrade: "WebSocket" }, 101],
  ["no token upgrade", {}, { connection: "keep-alive" }, 426],
  ["several tokens", {}, { connection: "keep-alive , UPGRADE" }, 101],
  ["version 8", {}, { "sec-websocket-version": "8" }, 426],
  ["a key of 15 bytes", {}, { "sec-websocket-key": "dGhlIHNhbXBsZSBub25j" }, 400],
  ["a key with loose bits", {}, { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZR==" }, 400],
  ["a subprotocol", {}, { "sec-websocket-protocol": "chat" }, 101],
  ["several subprotocols", {}, { "sec-websocket-protocol": "chat, superchat" }, 101],
  ["no subprotocol in the list", {}, { "sec-websocket-protocol": "" }, 400],
  ["a subprotocol that is no token", {}, { "sec-websocket-protocol": "chat/2" }, 400],
  ["a subprotocol twice", {}, { "sec-websocket-protocol": "chat, superchat, chat" }, 400],
];

for (const [title, change, headers, status] of requests) {
  test(`checkRequest: ${title} gets ${status}`, () => {
    const result = checkRequest(request(change, headers));
    assert.equal(result.ok ? 101 : result.status, status);
  });
}

for (const missing of ["upgrade", "connection", "sec-websocket-version", "sec-websocket-key"]) {
  test(`checkRequest refuses a request without ${missing}`, () => {
    const full = request();
    const headers = { ...full.headers, [missing]: undefined };
    assert.equal(checkRequest({ ...full, headers }).ok, false);
  });
}
