import http from "node:http";
import { decodeFrame } from "../frame.ts";
import { checkRequest, type Policy } from "../handshake.ts";

const port = Number(process.env.PORT ?? 8000);
const origins = process.env.ALLOWED_ORIGINS ?? "http://localhost:3000 http://127.0.0.1:3000";
const policy: Policy = { path: "/", allowedOrigins: origins.match(/[^\s,]+/g) ?? [] };
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  socket.on("error", (error) => {
    console.log(`Socket error: ${error.message}`);
  });

  const result = checkRequest(request, policy);
  if (!result.ok) {
    socket.destroy();
    return;
  }

  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${result.accept}\r\n` +
      "\r\n",
  );

  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame === undefined) return;
    const { fin, opcode, length, key } = frame.header;
    console.log(`fin: ${fin}  opcode: ${opcode}  length: ${length}  key: ${key.toString("hex")}`);
  });

  socket.on("end", () => {
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
