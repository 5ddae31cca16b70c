import http, { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { Connection, type ConnectionHandler } from "./connection.ts";
import { isValidCloseCode } from "./constants.ts";
import { checkRequest, UPGRADE_REQUIRED, type Policy, type Refusal } from "./handshake.ts";

const port = Number(process.env.PORT ?? 8000);
const maxPayload = Number(process.env.MAX_MESSAGE_SIZE ?? 1024 * 1024);
const origins = process.env.ALLOWED_ORIGINS ?? "http://localhost:3000 http://127.0.0.1:3000";
const policy: Policy = { path: "/", allowedOrigins: origins.match(/[^\s,]+/g) ?? [] };

/** How long a refused client may take to hang up, in milliseconds. */
const LINGER_TIME = 2_000;

if (!(maxPayload >= 0)) throw new RangeError("MAX_MESSAGE_SIZE must be a number of bytes.");

const server = http.createServer();

// Node 20 drops the 1,001st header and all behind it without a word. The limit of their size stays.
server.maxHeadersCount = 0;

// A request that does not ask for an upgrade never gets to the "upgrade" listener.
server.on("request", (request, response) => {
  const result = checkRequest(request, policy);
  const { status, headers, body } = toResponse(result.ok ? UPGRADE_REQUIRED : result);
  // Closing with bytes unread resets the connection, so we answer when the whole request is here.
  request.resume().on("end", () => response.writeHead(status, headers).end(body));
});

// What is not even HTTP never becomes a request.
server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ""] ?? 400;
  refuse(socket, { ok: false, status, message: "This is no HTTP request.", headers: {} });
});

server.on("upgrade", (request, socket, head) => {
  // First of all: without this listener, a client that resets the connection ends our process.
  socket.on("error", (error) => {
    console.log(`Socket error: ${error.message}`);
  });

  const result = checkRequest(request, policy);
  if (!result.ok) {
    console.log(`Refused with ${result.status}: ${result.message}`);
    refuse(socket, result, request.method);
    return;
  }

  console.log("Upgrading to WebSocket protocol");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${result.accept}\r\n` +
      "\r\n",
  );

  const handler: ConnectionHandler = {
    onMessage(data, isBinary) {
      const start = isBinary ? "" : `: ${data.subarray(0, 40).toString()}`;
      console.log(`Received ${isBinary ? "binary" : "text"}, ${data.length} bytes${start}`);
      // `close 4001 bye` asks us to close, so that one can see who closes first.
      const wish = isBinary || data.length > 128 ? "" : data.toString();
      const [, code, reason] = /^close (\d{4}) ?(.{0,30})$/.exec(wish) ?? [];
      if (isValidCloseCode(Number(code))) connection.close(Number(code), reason);
      else connection.send(data, isBinary);
    },
    onError(error) {
      console.log(`Failed with ${error.code}: ${error.message}`);
    },
    onClose(code, reason) {
      console.log(`Closed with ${code} ${reason}`);
    },
  };
  const connection = new Connection(socket, handler, { maxPayload });
  // The first frames may have come together with the request.
  connection.receive(head);
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});

function toResponse({ status, message, headers }: Refusal) {
  const body = `${message}\n`;
  const common = {
    Date: new Date().toUTCString(),
    Connection: "close",
    "Content-Type": "text/plain",
    "Content-Length": Buffer.byteLength(body),
  };
  return { status, headers: { ...common, ...headers }, body };
}

/** Writes the response by hand: for an upgrade request, Node gives us the socket and no more. */
function refuse(socket: Duplex, refusal: Refusal, method?: string): void {
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
