import { Duplex } from "node:stream";
import { Connection } from "../connection.ts";
import { encodeFrame } from "../frame.ts";

// How many writes does it take to answer 64 messages? It depends on how they come.

/** A TCP connection in memory, which counts what is written to it. */
class CountingSocket extends Duplex {
  writes = 0;

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes++;
    done();
  }
}

/** A connection that echoes, and its socket. */
function open(answer: (connection: Connection, data: Buffer) => void): CountingSocket {
  const socket = new CountingSocket();
  const ignore = () => {};
  const connection: Connection = new Connection(
    socket,
    { onMessage: (data) => answer(connection, data), onPing: ignore, onPong: ignore, onError: ignore, onClose: ignore, onDrain: ignore },
    { maxPayload: 1024 * 1024 },
  );
  return socket;
}

const FRAMES = Array.from({ length: 64 }, (_, i) => encodeFrame(1, Buffer.from(`message ${i}`), true, i));
const atOnce = (connection: Connection, data: Buffer) => void connection.send(data, false);
const later = (connection: Connection, data: Buffer) => void setImmediate(() => connection.send(data, false));

for (const [title, chunks, answer] of [
  ["in one chunk, answered at once", [Buffer.concat(FRAMES)], atOnce],
  ["in 64 chunks, answered at once", FRAMES.map((frame) => Buffer.from(frame)), atOnce],
  ["in one chunk, each answered in a setImmediate of its own", [Buffer.concat(FRAMES)], later],
] as const) {
  const socket = open(answer);
  for (const chunk of chunks) socket.push(chunk);
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  console.log(`64 messages ${title}: ${socket.writes} ${socket.writes === 1 ? "write" : "writes"}`);
}
