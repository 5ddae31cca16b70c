import type { IncomingMessage } from "node:http";
import { acceptKey, hasToken } from "./handshake.ts";
import { parseExtensions, parseTokens } from "./header-values.ts";
import { accept, type Agreement, type Offer } from "./permessage-deflate.ts";

const SCHEMES: Record<string, string> = { "http:": "ws:", "https:": "wss:" };

/** What `checkResponse` reads of a response. */
export type HandshakeResponse = Pick<IncomingMessage, "statusCode" | "headers">;

/** The connection is a WebSocket, or it is not, and why. */
export type Outcome = { ok: true; protocol: string; agreement?: Agreement } | { ok: false; message: string };

/**
 * The URL of a WebSocket; `http:` and `https:` stand for `ws:` and `wss:`. Throws a `SyntaxError` if it
 * is none, or has a fragment. RFC 6455, section 3.
 */
export function parseAddress(address: string | URL): URL {
  if (!URL.canParse(String(address))) throw new SyntaxError(`Invalid URL: ${address}`);
  const url = new URL(address);
  url.protocol = SCHEMES[url.protocol] ?? url.protocol;
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new SyntaxError('The URL\'s protocol must be one of "ws:", "wss:", "http:" and "https:"');
  }
  // A fragment is never sent. Whoever wrote one has meant something else.
  if (url.hash !== "") throw new SyntaxError("The URL contains a fragment identifier");
  return url;
}

/** Throws a `SyntaxError` unless these are tokens, each of them once. RFC 6455, section 4.1. */
export function checkProtocols(protocols: readonly string[]): void {
  const areTokens = protocols.every((name) => typeof name === "string" && parseTokens(name)?.[0] === name);
  if (!areTokens || new Set(protocols).size < protocols.length) {
    throw new SyntaxError("An invalid or duplicated subprotocol was specified");
  }
}

/**
 * Decides whether a response opens the WebSocket that we have asked for, with this key, these
 * subprotocols and, if we compress, this offer. RFC 6455, section 4.1. Never throws.
 */
export function checkResponse(
  response: HandshakeResponse,
  key: string,
  offered: readonly string[],
  deflate?: Offer,
): Outcome {
  const { statusCode, headers } = response;
  // A redirect, too: to follow it is for the application to decide.
  if (statusCode !== 101) return failure(`Unexpected server response: ${statusCode}`);
  if (headers.upgrade?.toLowerCase() !== "websocket") return failure("Invalid Upgrade header");
  if (!hasToken(headers.connection, "upgrade")) return failure("Invalid Connection header");
  if (headers["sec-websocket-accept"] !== acceptKey(key)) return failure("Invalid Sec-WebSocket-Accept header");
  const answer = headers["sec-websocket-extensions"];
  if (answer !== undefined && deflate === undefined) {
    return failure("Server sent a Sec-WebSocket-Extensions header but no extension was requested");
  }
  const agreement = answer !== undefined && deflate ? accept(parseExtensions(answer) ?? [], deflate) : undefined;
  if (answer !== undefined && agreement === undefined) return failure("Invalid Sec-WebSocket-Extensions header");
  const outcome = checkProtocol(headers["sec-websocket-protocol"], offered);
  return outcome.ok && agreement ? { ...outcome, agreement } : outcome;
}

function checkProtocol(protocol: string | undefined, offered: readonly string[]): Outcome {
  if (protocol === undefined) {
    // The RFC allows it. But we have asked how to talk, and got no answer.
    return offered.length === 0 ? { ok: true, protocol: "" } : failure("Server sent no subprotocol");
  }
  if (offered.length === 0) return failure("Server sent a subprotocol but none was requested");
  return offered.includes(protocol) ? { ok: true, protocol } : failure("Server sent an invalid subprotocol");
}

function failure(message: string): Outcome {
  return { ok: false, message };
}
