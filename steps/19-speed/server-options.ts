import type { IncomingMessage, OutgoingHttpHeaders, Server } from "node:http";
import type { PerMessageDeflate } from "./message-compression.ts";
import { checkDeflateOptions } from "./permessage-deflate.ts";
import type { WebSocket, WebSocketOptions } from "./websocket.ts";

/** Of `port`, `server` and `noServer` there is exactly one: it says where the requests come from. */
export type ServerOptions = WebSocketOptions & {
  /** Listens on this port, with an HTTP server of its own. */
  port?: number;
  /** The address at which to listen; any without it. */
  host?: string;
  /** How many connections may wait until they are accepted. */
  backlog?: number;
  /** An HTTP or HTTPS server, to whose upgrades to listen. */
  server?: Server;
  /** Listens to nothing: the application calls `handleUpgrade`. */
  noServer?: boolean;
  /** The one path at which there is a WebSocket; any path without it. */
  path?: string;
  /**
   * Origins that may connect besides pages of the server's own host, or `"any"`. With `verifyClient`
   * the default is `"any"`, since it can look at the origin itself.
   */
  allowedOrigins?: readonly string[] | "any";
  /** Decides who may connect. With two parameters it calls back, with one it returns the answer. */
  verifyClient?: ((info: ClientInfo) => boolean) | ((info: ClientInfo, verdict: Verdict) => void);
  /** Chooses one of the subprotocols that a client offers, or none. Without it the first one is taken. */
  handleProtocols?: (protocols: Set<string>, request: IncomingMessage) => string | false;
  /** Whether `clients` is kept; it is by default. */
  clientTracking?: boolean;
  /** The class of the connections: `WebSocket`, or one that extends it. */
  WebSocket?: typeof WebSocket;
  /**
   * How long a client may take for its handshake, `verifyClient` included, in milliseconds: 10 s by
   * default, 0 for ever. It counts from the TCP connection on, or with `server` and `noServer`, where
   * that is the HTTP server's affair, from the request on.
   */
  handshakeTimeout?: number;
  /**
   * How often clients are pinged, in milliseconds: 30 s by default, 0 for never. A client that
   * has sent nothing from one ping to the next is terminated, unless it takes what waits for it, or the
   * application has paused it.
   */
  heartbeatInterval?: number;
  /** Whether messages may be compressed, and how; they are not by default. */
  perMessageDeflate?: PerMessageDeflate;
};

/** The longest time that a timer can wait, in milliseconds. With more, Node's fires at once. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** What `verifyClient` looks at. */
export type ClientInfo = {
  origin: string | undefined;
  /** Whether the connection is encrypted. */
  secure: boolean;
  req: IncomingMessage;
};

/** What `verifyClient` calls: whether the client may connect, and if not, what it is told; 401 by default. */
export type Verdict = (ok: boolean, code?: number, message?: string, headers?: OutgoingHttpHeaders) => void;

/** Throws a `TypeError` or a `RangeError` if the options make no sense. */
export function checkOptions(options: ServerOptions): void {
  const { port, server, noServer, perMessageDeflate } = options;
  if ([port != null, server, noServer].filter(Boolean).length !== 1) {
    throw new TypeError('Give exactly one of the options "port", "server" and "noServer"');
  }
  if (typeof perMessageDeflate === "object") checkDeflateOptions(perMessageDeflate);
  checkLimits(options);
  checkTimeout("heartbeatInterval", options.heartbeatInterval);
}

/** Throws a `RangeError` if a number makes no sense that may be given to either end. */
export function checkLimits(options: WebSocketOptions & { handshakeTimeout?: number }): void {
  const { maxPayload, highWaterMark, maxBufferedAmount } = options;
  for (const [name, value = 0] of Object.entries({ maxPayload, highWaterMark, maxBufferedAmount })) {
    if (!(value >= 0)) throw new RangeError(`${name} must be a number of bytes`);
  }
  checkTimeout("handshakeTimeout", options.handshakeTimeout);
  checkTimeout("closeTimeout", options.closeTimeout);
}

/** Throws a `RangeError` if a timer cannot wait for so long. */
export function checkTimeout(name: string, timeout = 0): void {
  if (timeout >= 0 && timeout <= MAX_TIMEOUT) return;
  throw new RangeError(`${name} must be a number of milliseconds, at most ${MAX_TIMEOUT}`);
}
