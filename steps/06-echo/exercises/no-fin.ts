import http from "node:http";
import { Opcode } from "../constants.ts";
import { decodeFrame, encodeFrame } from "../frame.ts";
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
    if (frame?.header.opcode !== Opcode.Text) return;
    const reply = encodeFrame(Opcode.Text, frame.payload);
    reply.writeUInt8(reply.readUInt8(0) & 0b0111_1111, 0);
    socket.write(reply);
  });

  socket.on("end", () => {
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
