import http from "node:http";
import type { Duplex } from "node:stream";
import { checkRequest } from "../../handshake.ts";

// What the mistakes of this step share. Nothing is wrong in here.

export const LIMIT = Number(process.env.MAX_MESSAGE_SIZE ?? 1024 * 1024);

/** A server that lets everyone in who asks properly, and gives each socket to `connect`. */
export function serve(connect: (socket: Duplex) => { receive(chunk: Buffer): void }): void {
  const port = Number(process.env.PORT ?? 8000);
  const server = http.createServer();

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", (error) => {
      console.log(`Socket error: ${error.message}`);
    });
    const result = checkRequest(request, { path: "/", allowedOrigins: [] });
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
    connect(socket).receive(head);
  });

  server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}
