import http from "node:http";
import type { Duplex } from "node:stream";
import { checkRequest } from "../../handshake.ts";

/** The server of this step in short: it opens the WebSocket, and `onOpen` has what follows. */
export function serve(onOpen: (socket: Duplex, head: Buffer) => void): void {
  const port = Number(process.env.PORT ?? 8000);
  const origins = process.env.ALLOWED_ORIGINS ?? "http://localhost:3000 http://127.0.0.1:3000";
  const policy = { path: "/", allowedOrigins: origins.match(/[^\s,]+/g) ?? [] };
  const server = http.createServer();

  server.on("upgrade", (request, socket, head) => {
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
    onOpen(socket, head);
  });

  server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}
