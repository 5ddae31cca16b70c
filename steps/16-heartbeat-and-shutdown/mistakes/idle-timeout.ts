// Mistake: The timer of the handshake begins anew with every byte.
// Caught by: gives up on a client that sends a byte now and then
// Says: Expected the server to end the connection, but it had not after <time>.

import { createHttpServer } from "../refusal.ts";
import { milliseconds, serve } from "./lib/serve.ts";

const httpServer = createHttpServer();
httpServer.on("connection", (socket) => {
  socket.setTimeout(milliseconds("HANDSHAKE_TIMEOUT", 10_000), () => socket.destroy());
});
serve({ httpServer });
