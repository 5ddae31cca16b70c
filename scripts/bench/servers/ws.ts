import { deflate, HOST, isBroadcast, MAX_PAYLOAD, portOf, ready, requirePeer } from "./contract.ts";

// With WS_NO_BUFFER_UTIL and WS_NO_UTF_8_VALIDATE in the environment it does without native addons.
const { WebSocketServer, WebSocket } = requirePeer("ws") as typeof import("ws");

const server = new WebSocketServer({ port: 0, host: HOST, maxPayload: MAX_PAYLOAD, perMessageDeflate: deflate });

server.on("listening", () => ready(portOf(server.address())));
server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBroadcast) return socket.send(data, { binary: isBinary });
    // As in the README of ws.
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    }
  });
});
