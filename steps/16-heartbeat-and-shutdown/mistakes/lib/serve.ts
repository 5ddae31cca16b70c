import type { Server } from "node:http";
import { isValidCloseCode } from "../../constants.ts";
import type { ServerOptions } from "../../server-options.ts";
import { WebSocketServer } from "../../websocket-server.ts";
import type { WebSocket } from "../../websocket.ts";

/** The number of milliseconds that the environment gives. */
export function milliseconds(name: string, usual: number): number {
  return Number(process.env[name] ?? usual);
}

export type Parts = {
  /** An HTTP server to listen with, in place of the library's own. */
  httpServer?: Server;
  options?: Partial<ServerOptions>;
  onConnection?: (socket: WebSocket) => void;
  /** What is done on the first SIGINT or SIGTERM. */
  stop?: (server: WebSocketServer) => void;
};

/** The server of this step, with some parts replaced. Nothing is wrong in here. */
export function serve({ httpServer, options, onConnection, stop }: Parts): void {
  const port = Number(process.env.PORT ?? 8000);
  const server = new WebSocketServer({
    ...(httpServer === undefined ? { port } : { server: httpServer }),
    handshakeTimeout: milliseconds("HANDSHAKE_TIMEOUT", 10_000),
    heartbeatInterval: milliseconds("HEARTBEAT_INTERVAL", 30_000),
    closeTimeout: milliseconds("CLOSE_TIMEOUT", 10_000),
    ...options,
  });
  httpServer?.listen(port);
  server.on("listening", () => console.log(`Listening on port ${port}`));
  server.on("connection", (socket) => {
    onConnection?.(socket);
    socket.on("error", (error) => console.log(`Failed with ${error.code}: ${error.message}`));
    socket.on("close", (code, reason) => console.log(`Closed with ${code} ${reason}`));
    socket.on("message", (data, isBinary) => {
      const [, code, reason] = /^close (\d{4}) ?(.{0,30})$/.exec(data.toString()) ?? [];
      if (isValidCloseCode(Number(code))) socket.close(Number(code), reason);
      else socket.send(data, { binary: isBinary });
    });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      if (stop !== undefined) stop(server);
      else void server.shutdown(milliseconds("SHUTDOWN_TIMEOUT", 10_000)).then(() => httpServer?.close());
    });
  }
}
