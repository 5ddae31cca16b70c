import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { HOST, isBroadcast, portOf, ready } from "./contract.ts";

// A limit: Node's own cost of a read and a write on an upgraded socket, with nothing in between.
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const sockets = new Set<Socket>();
const server = createServer();

server.on("upgrade", (request, duplex) => {
  const socket = duplex as Socket;
  socket.setTimeout(0).setNoDelay();
  const key = request.headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);

  sockets.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
  socket.on("end", () => socket.end());
  socket.on("data", (chunk) => {
    if (!isBroadcast) return void socket.write(chunk);
    for (const each of sockets) each.write(chunk);
  });
});
server.listen(0, HOST, () => ready(portOf(server.address())));
