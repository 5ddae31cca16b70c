import http from "node:http";
import { acceptKey } from "./handshake.ts";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"];
  if (key === undefined) {
    socket.destroy();
    return;
  }

  console.log("Upgrading to WebSocket protocol");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n` +
      "\r\n",
  );

  socket.on("data", (chunk) => {
    console.log(`Received ${chunk.length} bytes`);
    printBytes(chunk);
  });

  socket.on("end", () => {
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});

function printBytes(bytes: Buffer): void {
  for (let i = 0; i < bytes.length; i += 4) {
    const row = [...bytes.subarray(i, i + 4)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const bits = row.map((byte) => byte.toString(2).padStart(8, "0"));
    console.log(`  ${hex.join(" ").padEnd(11)}   ${bits.join(" ")}`);
  }
}
