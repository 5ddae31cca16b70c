import { deflate, HOST, isBroadcast, MAX_PAYLOAD, portOf, ready } from "./contract.ts";

// The library of a step: what it exports is what step 19's `websocket-server.ts` does.
type Library = typeof import("../../../steps/19-speed/websocket-server.ts");
const { WebSocketServer } = (await import(process.env["BENCH_LIBRARY"] ?? "")) as Library;

const server = new WebSocketServer({
  port: 0,
  host: HOST,
  allowedOrigins: "any",
  maxPayload: MAX_PAYLOAD,
  perMessageDeflate: deflate,
  // ws has no heartbeat of its own either.
  heartbeatInterval: 0,
});

server.on("listening", () => ready(portOf(server.address())));
server.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => {
    if (isBroadcast) server.broadcast(data, { binary: isBinary });
    else socket.send(data, { binary: isBinary });
  });
});
