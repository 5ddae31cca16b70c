import { EventEmitter } from "node:events";
import { STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { broadcast, type BroadcastOptions } from "./broadcast.ts";
import { CloseCode } from "./constants.ts";
import type { Data } from "./data.ts";
import { checkRequest, isAllowedOrigin, refusal, targetOf, type Acceptance } from "./handshake.ts";
import { Handshakes } from "./handshakes.ts";
import { Heartbeat } from "./heartbeat.ts";
import { MessageCompression } from "./message-compression.ts";
import { formatExtension, negotiate } from "./permessage-deflate.ts";
import { createHttpServer, refuse, upgraded } from "./refusal.ts";
import { checkOptions, checkTimeout, type ClientInfo, type ServerOptions, type Verdict } from "./server-options.ts";
import { WebSocket } from "./websocket.ts";

const UPGRADED_BEFORE = "This socket was given to handleUpgrade() before";

type OnConnection = (socket: WebSocket, request: IncomingMessage) => void;

export type ServerEvents = {
  connection: [socket: WebSocket, request: IncomingMessage];
  listening: [];
  close: [];
  error: [error: Error];
  /** The lines of the 101, before they are sent. More may be added. */
  headers: [lines: string[], request: IncomingMessage];
  /** The request opens no WebSocket. Whoever listens to this has to answer and to end the socket. */
  wsClientError: [error: Error, socket: Duplex, request: IncomingMessage];
};

/** Turns the upgrade requests of an HTTP server into WebSockets. */
export class WebSocketServer extends EventEmitter<ServerEvents> {
  /** A copy of what was given. Whoever changes it, changes what holds for the next request. */
  readonly options: ServerOptions;
  /** The open connections, unless `clientTracking` is false. */
  readonly clients: Set<WebSocket> | undefined;
  #server: Server | undefined;
  #state: "running" | "draining" | "closing" | "closed" = "running";
  /** As `clients`, but always kept. */
  #webSockets = new Set<WebSocket>();
  #handshakes: Handshakes;
  #heartbeat: Heartbeat;
  #shutdown: Promise<void> | undefined;
  /** Listens to all WebSockets: a closure for each would cost each its memory. */
  #onGone: (this: WebSocket) => void;
  #listeners = {
    listening: () => this.emit("listening"),
    error: (error: Error) => this.emit("error", error),
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.handleUpgrade(request, socket, head, (...args) => this.emit("connection", ...args)),
  };

  /** `callback` is called when a server of its own listens. */
  constructor(options: ServerOptions = {}, callback?: () => void) {
    super();
    checkOptions(options);
    const webSocketServer = this;
    this.#onGone = function () {
      webSocketServer.#untrack(this);
    };
    this.options = { ...options };
    const { port, host, backlog, server, clientTracking = true } = options;
    if (clientTracking) this.clients = this.#webSockets;
    const { handshakeTimeout = 10_000, heartbeatInterval = 30_000 } = options;
    this.#handshakes = new Handshakes(handshakeTimeout);
    this.#heartbeat = new Heartbeat(this.#webSockets, heartbeatInterval);
    this.#server = port == null ? server : createHttpServer();
    if (port != null) {
      this.#server?.on("connection", (socket) => this.#handshakes.begin(socket));
      this.#server?.listen({ port, host, backlog }, callback);
    }
    for (const [event, listener] of Object.entries(this.#listeners)) this.#server?.on(event, listener);
  }

  /** Where the server listens, as `net.Server.address()` says it. Throws with `noServer`. */
  address(): ReturnType<Server["address"]> {
    if (this.options.noServer) throw new Error("With noServer there is no address");
    return this.#server?.address() ?? null;
  }

  /**
   * Takes no more connections, and emits `close` when those that there are have ended by themselves.
   * `callback` is called then, or with an error if the server was closed before.
   */
  close(callback?: (error?: Error) => void): void {
    if (this.#state === "closed") {
      this.once("close", () => callback?.(new Error("The server is closed already")));
      return void process.nextTick(() => this.emit("close"));
    }
    if (callback) this.once("close", callback);
    if (this.#state === "closing") return;
    this.#state = "closing";

    const server = this.#server;
    for (const [event, listener] of Object.entries(this.#listeners)) server?.off(event, listener);
    this.#server = undefined;
    if (this.options.port != null) server?.close(() => this.#end());
    else if (!this.clients?.size) process.nextTick(() => this.#end());
  }

  /**
   * Closes politely: refuses newcomers with a 503, sends everyone else a Close frame with 1001, waits
   * until they have answered and gone, and calls `close`. Who is still there after `timeout`
   * milliseconds is cut off. Resolves when nobody is left; a second call waits for the first. Throws a
   * `RangeError` if no timer can wait for so long. RFC 6455, section 7.4.1.
   */
  shutdown(timeout = 10_000): Promise<void> {
    checkTimeout("timeout", timeout);
    return (this.#shutdown ??= this.#drain(timeout));
  }

  async #drain(timeout: number): Promise<void> {
    if (this.#state === "closed") return;
    if (this.#state === "running") this.#state = "draining";
    // Each in front of the application's listeners, one of which may throw.
    const isClosed = new Promise<void>((resolve) => this.prependOnceListener("close", resolve));
    const deadline = setTimeout(() => this.#cutOff(), timeout);

    const clients = [...this.#webSockets];
    const gone = clients.map((client) => new Promise((resolve) => client.prependOnceListener("close", resolve)));
    for (const client of clients) client.close(CloseCode.GoingAway);
    await Promise.all(gone);

    // The application may have called it in the meantime.
    if (this.#state === "draining") this.close();
    await Promise.all([isClosed, this.#handshakes.refuseAll()]);
    clearTimeout(deadline);
  }

  #cutOff(): void {
    for (const client of this.#webSockets) client.terminate();
    this.#handshakes.destroyAll();
  }

  /** Whether this server is meant by the request. Others may override it. */
  shouldHandle(request: IncomingMessage): boolean {
    const { path } = this.options;
    return !path || targetOf(request.url ?? "", "").path === path;
  }

  /**
   * Answers an upgrade request, and calls back with the WebSocket if there is one. Throws if the
   * socket has been upgraded before.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, callback: OnConnection): void {
    if (upgraded.has(socket)) throw new Error(UPGRADED_BEFORE);
    // First of all: without this listener, a client that resets the connection ends our process.
    socket.on("error", destroy);
    this.#handshakes.begin(socket);
    if (this.#state !== "running") return refuse(socket, refusal(503, "This server is closing."));

    const result = checkRequest(request);
    if (!result.ok) {
      if (this.emit("wsClientError", new Error(result.message), socket, request)) return;
      return refuse(socket, result, request.method);
    }
    if (!this.shouldHandle(request)) {
      return refuse(socket, refusal(404, "There is no WebSocket at this path."));
    }
    const { verifyClient, allowedOrigins = verifyClient ? "any" : [] } = this.options;
    const { origin } = request.headers;
    if (allowedOrigins !== "any" && !isAllowedOrigin(origin, result.host, allowedOrigins)) {
      return refuse(socket, refusal(403, "Pages of this origin may not connect to this server."));
    }
    this.#verify({ origin, secure: isSecure(request), req: request }, (ok, code, message, headers) => {
      if (ok) return this.#accept(result, request, socket, head, callback);
      const status = code || 401;
      refuse(socket, refusal(status, message || STATUS_CODES[status] || "", headers));
    });
  }

  #verify(info: ClientInfo, verdict: Verdict): void {
    const { verifyClient } = this.options;
    if (!verifyClient) verdict(true);
    else if (verifyClient.length === 2) verifyClient(info, verdict);
    else verdict((verifyClient as (info: ClientInfo) => boolean)(info));
  }

  #accept(result: Acceptance, request: IncomingMessage, socket: Duplex, head: Buffer, callback: OnConnection): void {
    if (upgraded.has(socket)) throw new Error(UPGRADED_BEFORE);
    // The client may have gone while somebody looked at its password.
    if (!socket.readable || !socket.writable) return void socket.destroy();
    if (this.#state !== "running") return refuse(socket, refusal(503, "This server is closing."));
    upgraded.add(socket);
    this.#handshakes.end(socket);

    const protocol = this.#chooseProtocol(new Set(result.protocols), request);
    const { perMessageDeflate } = this.options;
    const deflateOptions = perMessageDeflate === true ? {} : perMessageDeflate || undefined;
    const agreement = deflateOptions && negotiate(result.extensions, deflateOptions);
    const lines = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${result.accept}`,
      ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
      ...(agreement ? [`Sec-WebSocket-Extensions: ${formatExtension(agreement)}`] : []),
    ];
    this.emit("headers", lines, request);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);

    const webSocket = new (this.options.WebSocket ?? WebSocket)(null, undefined, this.options);
    const compression = agreement && new MessageCompression(agreement, true, deflateOptions);
    webSocket.setSocket(socket, head, protocol, compression);
    this.#track(webSocket);
    callback(webSocket, request);
  }

  /** One that was offered, or none: a client fails the connection over any other. RFC 6455, section 4.1. */
  #chooseProtocol(offered: Set<string>, request: IncomingMessage): string {
    if (offered.size === 0) return "";
    const { handleProtocols } = this.options;
    const [first = ""] = offered;
    const protocol = handleProtocols ? handleProtocols(offered, request) : first;
    return protocol && offered.has(protocol) ? protocol : "";
  }

  #track(webSocket: WebSocket): void {
    this.#webSockets.add(webSocket);
    this.#heartbeat.update();
    webSocket.on("close", this.#onGone);
  }

  #untrack(webSocket: WebSocket): void {
    this.#webSockets.delete(webSocket);
    this.#heartbeat.update();
    const isLast = this.#state === "closing" && this.clients?.size === 0;
    if (isLast && this.options.port == null) process.nextTick(() => this.#end());
  }

  #end(): void {
    this.#state = "closed";
    this.emit("close");
  }

  /** Sends a message to all clients, as `broadcast` does. Throws if `clientTracking` is false. */
  broadcast(data: Data, options?: BroadcastOptions): number {
    if (!this.clients) throw new Error("Without clientTracking, nobody knows the clients");
    return broadcast(this.clients, data, options);
  }
}

function isSecure({ socket }: IncomingMessage): boolean {
  return (socket as TLSSocket).encrypted === true;
}

/** A function of its own: a closure in `handleUpgrade` would keep the request for as long as the socket. */
function destroy(this: Duplex): void {
  this.destroy();
}
