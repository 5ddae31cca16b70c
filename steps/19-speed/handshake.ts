import { createHash } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { parseExtensions, parseTokens, type Extension } from "./header-values.ts";

/** The fixed string of RFC 6455, section 1.3. */
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** 16 bytes in base64: the 22nd character carries only two bits, so it is one of four. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** A name, an IPv4 or an IPv6 address, and perhaps a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[\w.-]+)(:\d*)?$/i;

/** The absolute form of a request's target, in which the host stands in front of the path. */
const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i;

/** The request opens a WebSocket. */
export type Acceptance = {
  ok: true;
  /** The value of `Sec-WebSocket-Accept`. */
  accept: string;
  /** The host that the client asked for, perhaps with a port. */
  host: string;
  /** The subprotocols that the client offers, the one that it likes best first. */
  protocols: string[];
  /** The extensions that the client offers, the one that it likes best first. */
  extensions: Extension[];
};

/** The request does not: an HTTP response that says why. */
export type Refusal = {
  ok: false;
  /** The HTTP status code. */
  status: number;
  /** The body: one sentence, for the person who has to mend the client. */
  message: string;
  headers: OutgoingHttpHeaders;
};

/** What `checkRequest` reads of a request. */
export type HandshakeRequest = Pick<
  IncomingMessage,
  "method" | "httpVersion" | "url" | "headers" | "headersDistinct"
>;

// RFC 9110, section 15.5.22: a 426 names the protocol to upgrade to.
const UPGRADE_HEADERS = { Upgrade: "websocket", Connection: "Upgrade, close" };

/** For a request that is about something else. */
export const UPGRADE_REQUIRED: Refusal = refusal(
  426,
  "This server speaks WebSocket: send Upgrade: websocket and Connection: Upgrade.",
  UPGRADE_HEADERS,
);

/** Decides whether a request opens a WebSocket, by RFC 6455, section 4.2.1. Never throws. */
export function checkRequest(request: HandshakeRequest): Acceptance | Refusal {
  const { headers } = request;

  if (request.method !== "GET") {
    return refusal(405, "A WebSocket handshake is a GET request.", { Allow: "GET" });
  }
  if (request.httpVersion !== "1.1") {
    return refusal(505, "A WebSocket handshake needs HTTP/1.1.");
  }
  // Node keeps only the first of several Host headers in `headers`; here we want to see them all.
  const hosts = request.headersDistinct.host ?? [];
  const { host } = targetOf(request.url ?? "", hosts[0] ?? "");
  if (hosts.length !== 1 || !HOST.test(host)) {
    return refusal(400, "The request must have exactly one Host header, with a host in it.");
  }
  if (hasBody(request)) {
    return refusal(400, "A WebSocket handshake has no body.");
  }
  if (headers.upgrade?.toLowerCase() !== "websocket" || !hasToken(headers.connection, "upgrade")) {
    return UPGRADE_REQUIRED;
  }
  if (headers["sec-websocket-version"] !== "13") {
    return refusal(426, "This server speaks version 13: send Sec-WebSocket-Version: 13.", {
      ...UPGRADE_HEADERS,
      "Sec-WebSocket-Version": "13",
    });
  }
  // Repeated keys reach us joined by a comma, and a comma is not base64.
  const key = headers["sec-websocket-key"] ?? "";
  if (!KEY.test(key)) {
    return refusal(400, "Sec-WebSocket-Key must be sent once: 16 random bytes in base64.");
  }
  const offer = headers["sec-websocket-protocol"];
  const protocols = offer === undefined ? [] : parseTokens(offer);
  if (protocols === undefined || new Set(protocols).size < protocols.length) {
    return refusal(400, "Sec-WebSocket-Protocol must list tokens, and none of them twice.");
  }
  const extensionOffer = headers["sec-websocket-extensions"];
  const extensions = extensionOffer === undefined ? [] : parseExtensions(extensionOffer);
  if (extensions === undefined) {
    return refusal(400, "Sec-WebSocket-Extensions must list extensions, with parameters behind semicolons.");
  }
  return { ok: true, accept: acceptKey(key), host, protocols, extensions };
}

/**
 * The value of `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`:
 * SHA-1 over the key as it was sent (base64, not decoded) and the GUID, as base64.
 * RFC 6455, section 4.2.2, step 5.4.
 */
export function acceptKey(key: string): string {
  return createHash("sha1").update(key + WEBSOCKET_GUID).digest("base64");
}

/**
 * Whether a page of this origin may connect: a page that the server's own host has served, or one
 * on the list. RFC 6455, section 10.2; the form of an origin is RFC 6454's.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string,
  allowedOrigins: readonly string[],
): boolean {
  // Browsers always send an Origin. Whoever sends none is no page, and could have lied anyway.
  if (origin === undefined) return true;
  if (allowedOrigins.includes(origin)) return true;
  // An opaque origin, such as `null`, is no URL. Nor are two origins with a comma in between.
  const [scheme] = /^https?:/.exec(origin) ?? [];
  if (scheme === undefined || !URL.canParse(origin) || !URL.canParse(`${scheme}//${host}`)) return false;
  // An origin is scheme, host and port and nothing else: no path, no user name.
  if (new URL(origin).origin !== origin) return false;
  // The scheme is not compared: a server behind a proxy does not know whether it is reached by TLS.
  return new URL(origin).host === new URL(`${scheme}//${host}`).host;
}

function hasBody({ headers }: HandshakeRequest): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

/** Whether a comma-separated header holds the token, in whatever case. */
export function hasToken(header: string | undefined, token: string): boolean {
  const tokens = header?.split(",") ?? [];
  return tokens.some((item) => item.trim().toLowerCase() === token);
}

/** Which host and path a request is for. RFC 9112, section 3.2: the absolute form replaces Host. */
export function targetOf(url: string, hostHeader: string): { host: string; path: string } {
  const [, host = hostHeader, rest = url] = ABSOLUTE.exec(url) ?? [];
  const [path = ""] = rest.split("?");
  return { host, path: path === "" ? "/" : path };
}

/** A refusal with this status, this body and, besides the usual ones, these headers. */
export function refusal(status: number, message: string, headers: OutgoingHttpHeaders = {}): Refusal {
  return { ok: false, status, message, headers };
}
