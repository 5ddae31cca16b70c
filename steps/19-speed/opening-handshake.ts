import { randomBytes } from "node:crypto";
import http, { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https, { type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import { urlToHttpOptions } from "node:url";
import { checkResponse, type Outcome } from "./client-handshake.ts";
import { MessageCompression, type PerMessageDeflate } from "./message-compression.ts";
import { checkDeflateOptions, formatExtension, offer, type Offer } from "./permessage-deflate.ts";

type SaidByTheURL = "method" | "protocol" | "host" | "hostname" | "port" | "path";

/** The options of a handshake: those of `https.request`, such as `ca` or `agent`, and some of our own. */
export type OpeningOptions = Omit<RequestOptions, SaidByTheURL | "headers"> & {
  /** Headers to send besides those of the handshake. */
  headers?: OutgoingHttpHeaders;
  /** The value of `Origin`, for a server that asks for one. */
  origin?: string;
  /** How long the server may take for its answer, in milliseconds; 10 s without it, for ever with 0. */
  handshakeTimeout?: number;
  /** Whether to offer compression, and how; it is not offered by default. */
  perMessageDeflate?: PerMessageDeflate;
};

/** What comes of a handshake: `onOpen` or `onError` in the end, once, and never at once. */
export type OpeningHandler = {
  /** A 101 has come. It is not checked yet. */
  onUpgrade(response: IncomingMessage): void;
  /** Any other response has come. Returns whether the application sees to it. */
  onResponse(request: ClientRequest, response: IncomingMessage): boolean;
  /** The socket is a WebSocket's, and paused. `head` is what came behind the response. */
  onOpen(socket: Duplex, head: Buffer, protocol: string, compression?: MessageCompression): void;
  onError(error: Error): void;
};

/** A client's opening handshake. RFC 6455, section 4.1. */
export class OpeningHandshake {
  #protocols: readonly string[];
  #deflateOptions: Exclude<PerMessageDeflate, boolean> | undefined;
  #offer: Offer | undefined;
  #handler: OpeningHandler;
  #key = randomBytes(16).toString("base64");
  #request: ClientRequest;
  #timer: NodeJS.Timeout | undefined;
  #isDone = false;

  constructor(url: URL, protocols: readonly string[], options: OpeningOptions, handler: OpeningHandler) {
    const { handshakeTimeout = 10_000, perMessageDeflate } = options;
    this.#protocols = protocols;
    this.#deflateOptions = perMessageDeflate === true ? {} : perMessageDeflate || undefined;
    if (this.#deflateOptions) checkDeflateOptions(this.#deflateOptions);
    this.#offer = this.#deflateOptions && offer(this.#deflateOptions);
    this.#handler = handler;
    this.#request = upgradeRequest(url, protocols, this.#key, options, this.#offer);
    this.#request.on("error", (error) => this.abort(error));
    this.#request.on("response", (response) => this.#onResponse(response));
    this.#request.on("upgrade", (response, socket, head) => this.#onUpgrade(response, socket, head));
    this.#request.end();
    if (handshakeTimeout <= 0) return;
    this.#timer = setTimeout(() => this.abort(new Error("Opening handshake has timed out")), handshakeTimeout);
  }

  /** Gives up, and tells the handler why. Does nothing if the end has come already. */
  abort(error: Error): void {
    if (this.#isDone) return;
    this.#end();
    this.#request.destroy();
    process.nextTick(() => this.#handler.onError(error));
  }

  #onResponse(response: IncomingMessage): void {
    // To Node, a 101 without the headers of an upgrade is a response like any other.
    if (response.statusCode !== 101 && this.#handler.onResponse(this.#request, response)) {
      return clearTimeout(this.#timer);
    }
    const result = this.#check(response);
    if (!result.ok) this.abort(new Error(result.message));
  }

  #onUpgrade(response: IncomingMessage, socket: Duplex, head: Buffer): void {
    // First of all, as on the server: without this listener, a reset ends our process.
    socket.on("error", () => socket.destroy());
    this.#handler.onUpgrade(response);

    const result = this.#check(response);
    if (!result.ok) this.abort(new Error(result.message));
    // The socket has left the request, which could not destroy it any more.
    if (this.#isDone || !result.ok) return void socket.destroy();
    this.#end();
    socket.pause();
    const compression = result.agreement && new MessageCompression(result.agreement, false, this.#deflateOptions);
    this.#handler.onOpen(socket, head, result.protocol, compression);
  }

  #check(response: IncomingMessage): Outcome {
    return checkResponse(response, this.#key, this.#protocols, this.#offer);
  }

  #end(): void {
    this.#isDone = true;
    clearTimeout(this.#timer);
  }
}

function upgradeRequest(
  url: URL,
  protocols: readonly string[],
  key: string,
  options: OpeningOptions,
  offered: Offer | undefined,
): ClientRequest {
  const { origin, createConnection, agent = createConnection ? undefined : false } = options;
  const isSecure = url.protocol === "wss:";
  const defaultPort = isSecure ? 443 : 80;
  const headers = {
    ...options.headers,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
    ...(protocols.length > 0 ? { "Sec-WebSocket-Protocol": protocols.join(", ") } : {}),
    ...(offered ? { "Sec-WebSocket-Extensions": formatExtension(offered) } : {}),
    ...(origin ? { Origin: origin } : {}),
  };
  const request = (isSecure ? https : http).request({
    ...options,
    ...urlToHttpOptions(url),
    protocol: isSecure ? "https:" : "http:",
    port: url.port || defaultPort,
    defaultPort,
    method: "GET",
    // No agent of Node's: a connection that becomes a WebSocket is never used again.
    agent,
    headers,
  });
  // As on the server: Node 20 drops headers behind the 1,000th, and the one that we have to refuse may be there.
  request.maxHeadersCount = 0;
  return request;
}
