import { WebSocketServer } from "../websocket-server.ts";
import type { WebSocket } from "../websocket.ts";

const port = Number(process.env.PORT ?? 8000);
const interval = Number(process.env.HEARTBEAT_INTERVAL ?? 30_000);
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];

/** Into how many parts the interval is divided. */
const SLOTS = 30;

// The library's own heartbeat is off; `beat` is what it calls.
const server = new WebSocketServer({ port, allowedOrigins, heartbeatInterval: 0 });
const slots = Array.from({ length: SLOTS }, () => new Set<WebSocket>());
let next = 0;

// Still one timer. It comes more often, and each time asks only those of one slot.
setInterval(() => {
  const slot = slots[next++ % SLOTS] ?? [];
  setImmediate(() => {
    for (const socket of slot) socket.beat();
  });
}, interval / SLOTS).unref();

server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket) => {
  const slot = slots[Math.floor(Math.random() * SLOTS)];
  slot?.add(socket);
  socket.on("close", () => slot?.delete(socket));
  socket.on("error", (error) => console.log(`Failed with ${error.code}`));
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
