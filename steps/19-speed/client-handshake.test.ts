import assert from "node:assert/strict";
import { test } from "node:test";
import { offer } from "./permessage-deflate.ts";
import { checkProtocols, checkResponse, parseAddress, type HandshakeResponse } from "./client-handshake.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The response that answers `KEY`, with changes. */
function response(headers: Record<string, string | undefined> = {}, statusCode = 101): HandshakeResponse {
  return {
    statusCode,
    headers: { upgrade: "websocket", connection: "Upgrade", "sec-websocket-accept": ACCEPT, ...headers },
  };
}

const accepted: [title: string, response: HandshakeResponse, offered: string[], protocol: string][] = [
  ["a plain one", response(), [], ""],
  ["upgrade in any case", response({ upgrade: "WebSocket", connection: "UPGRADE" }), [], ""],
  ["a list in Connection", response({ connection: "keep-alive ,\tupgrade" }), [], ""],
  ["the only subprotocol", response({ "sec-websocket-protocol": "chat" }), ["chat"], "chat"],
  ["one of two subprotocols", response({ "sec-websocket-protocol": "b" }), ["a", "b"], "b"],
];
for (const [title, answer, offered, protocol] of accepted) {
  test(`checkResponse takes ${title}`, () => {
    assert.deepEqual(checkResponse(answer, KEY, offered), { ok: true, protocol });
  });
}

const EXTENSION = "Server sent a Sec-WebSocket-Extensions header but no extension was requested";
const refused: [title: string, response: HandshakeResponse, offered: string[], message: string][] = [
  ["a 200", response({}, 200), [], "Unexpected server response: 200"],
  ["a redirect", response({ location: "/" }, 302), [], "Unexpected server response: 302"],
  ["a 100", response({}, 100), [], "Unexpected server response: 100"],
  ["no Upgrade", response({ upgrade: undefined }), [], "Invalid Upgrade header"],
  ["two Upgrades", response({ upgrade: "websocket, h2c" }), [], "Invalid Upgrade header"],
  ["no Connection", response({ connection: undefined }), [], "Invalid Connection header"],
  ["another Connection", response({ connection: "close, upgraded" }), [], "Invalid Connection header"],
  ["no accept value", response({ "sec-websocket-accept": undefined }), [], "Invalid Sec-WebSocket-Accept header"],
  ["a wrong accept value", response({ "sec-websocket-accept": `${ACCEPT}=` }), [], "Invalid Sec-WebSocket-Accept header"],
  ["the key as accept value", response({ "sec-websocket-accept": KEY }), [], "Invalid Sec-WebSocket-Accept header"],
  ["an extension", response({ "sec-websocket-extensions": "x" }), [], EXTENSION],
  ["an empty list of extensions", response({ "sec-websocket-extensions": "" }), [], EXTENSION],
  ["an unasked subprotocol", response({ "sec-websocket-protocol": "a" }), [], "Server sent a subprotocol but none was requested"],
  ["an empty unasked subprotocol", response({ "sec-websocket-protocol": "" }), [], "Server sent a subprotocol but none was requested"],
  ["another subprotocol", response({ "sec-websocket-protocol": "c" }), ["a", "b"], "Server sent an invalid subprotocol"],
  ["two subprotocols", response({ "sec-websocket-protocol": "a, b" }), ["a", "b"], "Server sent an invalid subprotocol"],
  ["no subprotocol", response(), ["a"], "Server sent no subprotocol"],
];
for (const [title, answer, offered, message] of refused) {
  test(`checkResponse refuses ${title}`, () => {
    assert.deepEqual(checkResponse(answer, KEY, offered), { ok: false, message });
  });
}

const answered = (extensions: string) => response({ "sec-websocket-extensions": extensions });

test("checkResponse takes an answer to our offer, or none", () => {
  assert.deepEqual(checkResponse(response(), KEY, [], offer({})), { ok: true, protocol: "" });
  assert.deepEqual(checkResponse(answered("permessage-deflate; client_max_window_bits=9"), KEY, [], offer({})), {
    ok: true,
    protocol: "",
    agreement: { client_max_window_bits: 9 },
  });
});

const wrongAnswers = ["", "x", "permessage-deflate; x", "permessage-deflate; client_max_window_bits", "permessage-deflate, permessage-deflate", "permessage-deflate;"];
for (const answer of wrongAnswers) {
  test(`checkResponse refuses the answer "${answer}" to our offer`, () => {
    const outcome = checkResponse(answered(answer), KEY, [], offer({}));
    assert.deepEqual(outcome, { ok: false, message: "Invalid Sec-WebSocket-Extensions header" });
  });
}

test("parseAddress takes WebSocket and HTTP URLs, and strings of them", () => {
  const urls: [address: string | URL, href: string][] = [
    ["ws://example.org", "ws://example.org/"],
    ["wss://example.org:8443/a?b=c", "wss://example.org:8443/a?b=c"],
    ["http://example.org:80/", "ws://example.org/"],
    ["https://example.org/", "wss://example.org/"],
    ["HTTP://user:pass@[::1]:8000/%20", "ws://user:pass@[::1]:8000/%20"],
    [new URL("https://example.org/x"), "wss://example.org/x"],
  ];
  for (const [address, href] of urls) assert.equal(parseAddress(address).href, href);
});

test("parseAddress leaves the URL that it gets as it is", () => {
  const url = new URL("http://example.org/");
  parseAddress(url);
  assert.equal(url.href, "http://example.org/");
});

for (const address of ["", "example.org", "/path", "ftp://example.org", "mailto:a@b", "ws://", "ws://a:99999", "ws://a/#b"]) {
  test(`parseAddress refuses "${address}"`, () => {
    assert.throws(() => parseAddress(address), SyntaxError);
  });
}

test("checkProtocols takes tokens", () => {
  checkProtocols([]);
  checkProtocols(["chat", "CHAT", "!#$%&'*+-.^_`|~09AZaz"]);
});

for (const protocols of [[""], ["a", "a"], ["a b"], ["a,b"], ["a, b"], [" a"], ["a "], ["ä"], ["a\r\nb: c"], [null], [1]]) {
  test(`checkProtocols refuses ${JSON.stringify(protocols)}`, () => {
    assert.throws(() => checkProtocols(protocols as string[]), SyntaxError);
  });
}
