import http from "node:http";
import type { Duplex } from "node:stream";
import { checkRequest, type Policy } from "../../handshake.ts";

// What the mistakes of this step share, so that each of them shows its fault and little else.
// Nothing is wrong in here.

const port = Number(process.env.PORT ?? 8000);
const policy: Policy = { path: "/", allowedOrigins: ["http://localhost:3000", "http://127.0.0.1:3000"] };

/** A server that opens WebSockets and hands each of them to `open`. */
export function serve(open: (socket: Duplex) => void): void {
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
    open(socket);
    socket.on("end", () => {
      socket.end();
    });
  });

  server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}
