import http from "node:http";
import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
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

  const timer = setInterval(() => {
    const time = new Date().toISOString();
    socket.write(encodeFrame(Opcode.Text, Buffer.from(time)));
  }, 1_000);
  socket.on("close", () => clearInterval(timer));

  socket.on("data", (chunk) => {
    console.log(`Received ${chunk.length} bytes`);
  });

  socket.on("end", () => {
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
