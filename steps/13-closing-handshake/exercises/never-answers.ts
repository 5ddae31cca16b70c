import http from "node:http";
import { acceptKey } from "../handshake.ts";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  const opened = Date.now();
  socket.on("error", () => {});
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${acceptKey(request.headers["sec-websocket-key"] ?? "")}\r\n` +
      "\r\n",
  );

  let closeCame: number | undefined;
  socket.on("data", (chunk: Buffer) => {
    // Enough for a page that says nothing but goodbye: 88 is a Close frame.
    if (chunk[0] === 0x88) closeCame = Date.now();
    console.log(`${chunk.length} bytes came, and we say nothing`);
  });
  // The page has given up.
  socket.on("end", () => {
    console.log(`The client hung up after ${((Date.now() - (closeCame ?? opened)) / 1000).toFixed(1)} s`);
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
