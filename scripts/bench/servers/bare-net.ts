import { createServer, type Socket } from "node:net";
import { HOST, isBroadcast, portOf, ready } from "./contract.ts";

// The other limit: no HTTP either.
const sockets = new Set<Socket>();
const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
  socket.on("data", (chunk) => {
    if (!isBroadcast) return void socket.write(chunk);
    for (const each of sockets) each.write(chunk);
  });
});
server.listen(0, HOST, () => ready(portOf(server.address())));
