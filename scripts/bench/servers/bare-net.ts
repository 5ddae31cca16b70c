import { createServer, type Socket } from "node:net";
import { HOST, isBroadcast, portOf, ready } from "./contract.ts";

// The other limit: no HTTP either. A byte tells the client that the server knows it, as a 101 does.
const GREETING = "!";
const sockets = new Set<Socket>();
const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.write(GREETING);
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
  socket.on("data", (chunk) => {
    if (!isBroadcast) return void socket.write(chunk);
    for (const each of sockets) each.write(chunk);
  });
});
server.listen(0, HOST, () => ready(portOf(server.address())));
