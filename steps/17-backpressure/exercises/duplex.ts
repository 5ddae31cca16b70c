import { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { WebSocketServer } from "../websocket-server.ts";
import type { WebSocket } from "../websocket.ts";

/** The bytes of a WebSocket's messages as a stream of Node's, with its pace in both directions. */
export function toDuplex(socket: WebSocket): Duplex {
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => void socket.send(chunk, {}, done),
    final(done) {
      socket.close(1000);
      done();
    },
    destroy(error, done) {
      socket.terminate();
      done(error);
    },
  });
  socket.pause();
  socket.on("message", (data) => {
    if (!stream.push(Buffer.from(data as Buffer))) socket.pause();
  });
  socket.on("error", (error) => stream.destroy(error));
  socket.on("close", (code) => {
    stream.push(null);
    if (code === 1006) stream.destroy();
  });
  return stream;
}

const port = Number(process.env.PORT ?? 8000);
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];
const server = new WebSocketServer({ port, allowedOrigins });
server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket) => {
  // What comes is packed and unpacked again, by streams that know nothing of WebSockets.
  const stream = toDuplex(socket);
  pipeline(stream, createGzip({ flush: 2 }), createGunzip(), stream).catch((error: Error) => console.log(error.message));
});
