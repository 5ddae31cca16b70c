// Mistake: The timer of the handshake is not stopped when the handshake is done.
// Caught by: the time for the handshake ends with it
// Says: Nothing should happen here, but the server <ending>.

import { createHttpServer } from "../refusal.ts";
import { milliseconds, serve } from "./lib/serve.ts";

const httpServer = createHttpServer();
httpServer.on("connection", (socket) => {
  const timer = setTimeout(() => socket.destroy(), milliseconds("HANDSHAKE_TIMEOUT", 10_000));
  socket.on("close", () => clearTimeout(timer));
});
serve({ httpServer });
