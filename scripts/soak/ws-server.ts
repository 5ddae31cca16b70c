import { WebSocketServer } from "ws";

// The echo server of the course on `ws`, for comparison: what differs is the library alone.
const port = Number(process.env.PORT ?? 8000);
const server = new WebSocketServer({
  port,
  path: "/",
  maxPayload: 1024 * 1024,
  perMessageDeflate: process.env.PERMESSAGE_DEFLATE === "1",
});

server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket) => {
  console.log("Upgrading to WebSocket protocol");
  socket.on("error", (error) => console.log(`Failed with ${error.message}`));
  socket.on("close", (code, reason) => console.log(`Closed with ${code} ${reason.toString()}`));
  socket.on("message", (data, isBinary) => {
    const bytes = data as Buffer;
    const start = isBinary ? "" : `: ${bytes.toString().slice(0, 40)}`;
    console.log(`Received ${isBinary ? "binary" : "text"}, ${bytes.length} bytes${start}`);
    socket.send(bytes, { binary: isBinary });
  });
});
