import { WebSocketServer } from "../websocket-server.ts";
import type { WebSocket } from "../websocket.ts";

const port = Number(process.env.PORT ?? 8000);
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];

/** So many messages may come in so much time, in milliseconds. */
const LIMIT = { count: 10, time: Number(process.env.RATE_TIME ?? 1_000) };

const server = new WebSocketServer({ port, allowedOrigins });
server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket) => {
  socket.on("error", () => {});
  limitRate(socket);
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});

/** Nobody is refused and nothing is lost: who is too fast has to wait, and TCP tells it so. */
function limitRate(socket: WebSocket): void {
  let left = LIMIT.count;
  let timer: NodeJS.Timeout | undefined;
  socket.on("message", () => {
    left--;
    timer ??= setTimeout(() => {
      timer = undefined;
      left = LIMIT.count;
      socket.resume();
    }, LIMIT.time);
    if (left === 0) socket.pause();
  });
  socket.on("close", () => clearTimeout(timer));
}
