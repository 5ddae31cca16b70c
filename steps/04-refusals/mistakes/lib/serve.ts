import http, { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  UPGRADE_REQUIRED,
  type Acceptance,
  type HandshakeRequest,
  type Policy,
  type Refusal,
} from "../../handshake.ts";

// What the mistakes of this step share, so that each of them shows its fault and little else.
// Nothing is wrong in here: it is the server of the step, in pieces.

export const port = Number(process.env.PORT ?? 8000);

const origins = process.env.ALLOWED_ORIGINS ?? "http://localhost:3000 http://127.0.0.1:3000";
export const policy: Policy = { path: "/", allowedOrigins: origins.match(/[^\s,]+/g) ?? [] };

/** How long a refused client may take to hang up, in milliseconds. */
const LINGER_TIME = 2_000;

/** The server of this step, with another idea of whom to let in. */
export function serve(check: (request: IncomingMessage) => Acceptance | Refusal): http.Server {
  const server = createServer();

  answerRequests(server, check);

  server.on("upgrade", (request, socket) => {
    socket.on("error", (error) => {
      console.log(`Socket error: ${error.message}`);
    });
    const result = check(request);
    if (result.ok) open(socket, result);
    else refuse(socket, result, request.method);
  });

  return server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}

/** An HTTP server that answers what is no request. */
export function createServer(): http.Server {
  const server = http.createServer();
  server.maxHeadersCount = 0;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ""] ?? 400;
    refuse(socket, refusal(status, "This is no HTTP request."));
  });
  return server;
}

/** Answers the requests that do not ask for an upgrade. */
export function answerRequests(
  server: http.Server,
  check: (request: IncomingMessage) => Acceptance | Refusal,
): void {
  server.on("request", (request, response) => {
    const result = check(request);
    const { status, headers, body } = toResponse(result.ok ? UPGRADE_REQUIRED : result);
    request.resume().on("end", () => response.writeHead(status, headers).end(body));
  });
}

/** The request as it would be with other headers; `undefined` takes one out. */
export function withHeaders(
  { method, httpVersion, url, headers, headersDistinct }: HandshakeRequest,
  changes: Record<string, string | undefined>,
): HandshakeRequest {
  return { method, httpVersion, url, headers: { ...headers, ...changes }, headersDistinct };
}

export function refusal(status: number, message: string, headers: Record<string, string> = {}): Refusal {
  return { ok: false, status, message, headers };
}

/** Says 101, and prints how many bytes come. */
export function open(socket: Duplex, { accept }: Acceptance): void {
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n` +
      "\r\n",
  );
  socket.on("data", (chunk) => {
    console.log(`Received ${chunk.length} bytes`);
  });
  socket.on("end", () => {
    socket.end();
  });
}

/** Writes a refusal, and waits for the client to hang up, but not for ever. */
export function refuse(socket: Duplex, refusal: Refusal, method?: string): void {
  socket.end(toText(refusal, method));
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_TIME);
  socket.on("close", () => clearTimeout(timer));
}

/** A refusal as it goes over the wire. */
export function toText(refusal: Refusal, method?: string): string {
  const { status, headers, body } = toResponse(refusal);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n`;
  return method === "HEAD" ? head : head + body;
}

export function toResponse({ status, message, headers }: Refusal) {
  const body = `${message}\n`;
  const common = {
    Date: new Date().toUTCString(),
    Connection: "close",
    "Content-Type": "text/plain",
    "Content-Length": Buffer.byteLength(body),
  };
  return { status, headers: { ...common, ...headers }, body };
}
