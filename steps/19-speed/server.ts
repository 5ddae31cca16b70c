import { isValidCloseCode } from "./constants.ts";
import { parseWish, passOn, relay } from "./relay.ts";
import { WebSocketServer } from "./websocket-server.ts";
import type { WebSocket } from "./websocket.ts";

const port = Number(process.env.PORT ?? 8000);
const maxPayload = Number(process.env.MAX_MESSAGE_SIZE ?? 1024 * 1024);
const origins = process.env.ALLOWED_ORIGINS ?? "http://localhost:3000 http://127.0.0.1:3000";
const allowedOrigins = origins.match(/[^\s,]+/g) ?? [];

/** Milliseconds that the environment may change. */
const milliseconds = (name: string, usual: number) => Number(process.env[name] ?? usual);
const shutdownTimeout = milliseconds("SHUTDOWN_TIMEOUT", 10_000);

/** The subprotocols that we speak: both send messages back, and one of them in capitals. */
const PROTOCOLS = ["echo", "shout"];

const server = new WebSocketServer({
  port,
  path: "/",
  maxPayload,
  allowedOrigins,
  handleProtocols: (offered) => [...offered].find((name) => PROTOCOLS.includes(name)) ?? false,
  perMessageDeflate: true,
  handshakeTimeout: milliseconds("HANDSHAKE_TIMEOUT", 10_000),
  heartbeatInterval: milliseconds("HEARTBEAT_INTERVAL", 30_000),
  closeTimeout: milliseconds("CLOSE_TIMEOUT", 10_000),
});

server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket, request) => {
  let upstream: WebSocket | undefined;
  const subprotocol = socket.protocol && `, subprotocol ${socket.protocol}`;
  console.log(`Upgrading to WebSocket protocol${subprotocol}`);
  socket.on("error", (error) => console.log(`Failed with ${error.code}: ${error.message}`));
  socket.on("close", (code, reason) => console.log(`Closed with ${code} ${reason}`));
  socket.on("pong", () => console.log("Pong"));
  const tcp = request.socket;
  let { bytesRead, bytesWritten } = tcp;
  let more = -1;
  const report = () => {
    if (more > 0) console.log(`And ${more} more`);
    console.log(`On the wire: ${tcp.bytesRead - bytesRead} bytes came, ${tcp.bytesWritten - bytesWritten} went`);
    ({ bytesRead, bytesWritten } = tcp);
    more = -1;
  };
  socket.on("message", (data, isBinary) => {
    const text = isBinary ? "" : data.toString();
    const start = isBinary ? "" : `: ${text.slice(0, 40)}`;
    // A line takes longer than its message. And only behind this tick, the answers have left.
    if (++more === 0) {
      console.log(`Received ${isBinary ? "binary" : "text"}, ${data.byteLength} bytes${start}`);
      setImmediate(report);
    }

    // `connect 127.0.0.1:4711 chat` asks us to be a client. From then on, we only pass on.
    if (upstream) return passOn(upstream, data, isBinary);
    const wish = parseWish(text, request);
    if (wish) return void (upstream = relay(socket, wish));

    // `close 4001 bye` asks us to close, so that one can see who closes first.
    const [, code, reason] = /^close (\d{4}) ?(.{0,30})$/.exec(text) ?? [];
    if (isValidCloseCode(Number(code))) socket.close(Number(code), reason);
    else if (text.startsWith("broadcast ")) server.broadcast(text.slice(10));
    else if (/^flood \d{1,5}$/.test(text)) flood(socket, Number(text.slice(6)));
    else if (/^pause \d{1,5}$/.test(text)) pause(socket, Number(text.slice(6)));
    else if (socket.protocol === "shout" && !isBinary) socket.send(text.toUpperCase());
    else socket.send(data, { binary: isBinary });
  });
});

/** Sends so many numbered messages of 64 KiB, as fast as the client reads, and no faster. */
function flood(socket: WebSocket, count: number): void {
  let sent = 0;
  const goOn = () => {
    while (sent < count && socket.send(`${++sent} `.padEnd(65_536, "."))) ;
    if (sent === count) socket.off("drain", goOn);
  };
  socket.on("drain", goOn);
  goOn();
}

/** Reads nothing for so many milliseconds. */
function pause(socket: WebSocket, time: number): void {
  socket.pause();
  setTimeout(() => socket.resume(), time).unref();
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Once: a second Ctrl-C finds no listener, and ends the process as ever.
  process.once(signal, async () => {
    console.log(`${signal}: closing`);
    await server.shutdown(shutdownTimeout);
    console.log("Everyone has gone");
  });
}
