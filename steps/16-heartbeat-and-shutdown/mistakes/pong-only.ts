// Mistake: Only a pong counts as a sign of life, and who is busy sending a long frame is thrown out.
// Caught by: takes anything that comes for an answer
// Says: Expected another ping, since a byte has come (a pong cannot come in the middle of a frame), but the server <ending>.

import type { WebSocket } from "../websocket.ts";
import { milliseconds, serve } from "./lib/serve.ts";

const waiting = new WeakSet<WebSocket>();

serve({
  options: { heartbeatInterval: 0 },
  onConnection(socket) {
    const timer = setInterval(() => {
      if (waiting.has(socket)) return socket.terminate();
      waiting.add(socket);
      socket.ping();
    }, milliseconds("HEARTBEAT_INTERVAL", 30_000));
    socket.on("pong", () => waiting.delete(socket));
    socket.on("close", () => clearInterval(timer));
  },
});
