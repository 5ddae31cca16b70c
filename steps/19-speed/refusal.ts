import http, { STATUS_CODES, type OutgoingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import { checkRequest, UPGRADE_REQUIRED, type Refusal } from "./handshake.ts";

/** How long a refused client may take to hang up, in milliseconds. */
const LINGER_TIME = 2_000;

/** The sockets that have become a WebSocket, in whatever server. HTTP has nothing more to say to them. */
export const upgraded = new WeakSet<Duplex>();

/** Writes the response by hand: for an upgrade request, Node gives us the socket and no more. */
export function refuse(socket: Duplex, refusal: Refusal, method?: string): void {
  // Gone or answered already: its "close" may be past, and would not stop the timer below.
  if (socket.destroyed || socket.writableEnded || upgraded.has(socket)) return;
  const { status, headers, body } = toResponse(refusal);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n`);
  // RFC 9110, section 9.3.2: a HEAD gets the headers alone.
  socket.end(method === "HEAD" ? "" : body);

  // If we closed with bytes unread, TCP would send a reset, and that can overtake our response.
  // So we read on until the client hangs up, but not for ever.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_TIME);
  socket.on("close", () => clearTimeout(timer));
}

/** An HTTP server that has nothing to offer but WebSockets. */
export function createHttpServer(): http.Server {
  const server = http.createServer();

  // Node 20 drops the 1,001st header and all behind it without a word. The limit of their size stays.
  server.maxHeadersCount = 0;

  // A request that does not ask for an upgrade never gets to the "upgrade" listener.
  server.on("request", (request, response) => {
    const result = checkRequest(request);
    const { status, headers, body } = toResponse(result.ok ? UPGRADE_REQUIRED : result);
    // Closing with bytes unread resets the connection, so we answer when the whole request is here.
    request.resume().on("end", () => response.writeHead(status, headers).end(body));
  });

  // What is not even HTTP never becomes a request.
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ""] ?? 400;
    refuse(socket, { ok: false, status, message: "This is no HTTP request.", headers: {} });
  });
  return server;
}

function toResponse({ status, message, headers }: Refusal) {
  const body = `${message}\n`;
  const common: OutgoingHttpHeaders = {
    Date: new Date().toUTCString(),
    Connection: "close",
    "Content-Type": "text/plain",
    "Content-Length": Buffer.byteLength(body),
  };
  return { status, headers: { ...common, ...headers }, body };
}
