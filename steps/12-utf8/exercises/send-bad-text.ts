// A server that breaks the rule itself: it answers with a text that is not UTF-8.

import http from "node:http";
import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { acceptKey } from "../handshake.ts";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  socket.on("error", () => {});
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${acceptKey(request.headers["sec-websocket-key"] ?? "")}\r\n` +
      "\r\n",
  );
  // Whatever comes, the answer is a byte that no text can have.
  socket.on("data", () => socket.write(encodeFrame(Opcode.Text, Buffer.from([0xff]))));
  socket.on("end", () => socket.end());
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
