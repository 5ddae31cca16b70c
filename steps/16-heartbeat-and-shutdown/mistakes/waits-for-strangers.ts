// Mistake: The end waits for connections that have never sent a whole request.
// Caught by: does not wait for clients that never were there
// Says: Expected the server to end the connection, but it had not after <time>.

import type { Socket } from "node:net";
import { createHttpServer } from "../refusal.ts";
import { milliseconds, serve } from "./lib/serve.ts";

const httpServer = createHttpServer();
const timers = new Map<Socket, NodeJS.Timeout>();
httpServer.on("connection", (socket) => {
  timers.set(socket, setTimeout(() => socket.destroy(), milliseconds("HANDSHAKE_TIMEOUT", 10_000)));
  socket.on("close", () => clearTimeout(timers.get(socket)));
});
httpServer.on("upgrade", ({ socket }) => clearTimeout(timers.get(socket)));

serve({
  httpServer,
  stop: (server) => void server.shutdown().then(() => httpServer.close()),
});
