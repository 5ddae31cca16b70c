import type { Duplex } from "node:stream";
import { checkRequest } from "../../handshake.ts";
import { Protocol } from "../../protocol.ts";
import { createHttpServer, refuse } from "../../refusal.ts";
import { asBytes } from "./as-bytes.ts";

// What the mistakes of this step share: its server and its connection, in short. Nothing is wrong
// in here.

/** Where a connection's frames go. */
export class Sender {
  protected socket: Duplex;
  protected frames: Buffer[] = [];

  constructor(socket: Duplex) {
    this.socket = socket;
  }

  /** Takes a frame. */
  add(frame: Buffer): void {
    this.frames.push(frame);
  }

  /** The chunk has been read: what has gathered leaves. */
  flush(): void {
    const frames = this.frames.splice(0);
    if (frames.length > 0) this.socket.write(Buffer.concat(frames));
  }

  end(): void {
    this.flush();
    this.socket.end();
  }
}

export type Parts = {
  Sender?: typeof Sender;
  /** What becomes of a chunk before it is read. */
  chunk?: (chunk: Buffer) => Buffer;
};

/** The server of this step, with some parts replaced. */
export function serve(parts: Parts): void {
  const port = Number(process.env.PORT ?? 8000);
  const server = createHttpServer();
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const result = checkRequest(request);
    if (!result.ok) return refuse(socket, result, request.method);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${result.accept}\r\n\r\n`);
    connect(socket, head, parts);
  });
  server.listen(port, () => console.log(`Listening on port ${port}`));
}

function connect(socket: Duplex, head: Buffer, { Sender: Its = Sender, chunk: take = (chunk) => chunk }: Parts): void {
  const sender = new Its(socket);
  const protocol: Protocol = new Protocol(
    asBytes({
      onBytes: (bytes: Buffer) => sender.add(bytes),
      onEnd: () => sender.end(),
      onMessage(data: Buffer, isBinary: boolean) {
        // One client is enough for a broadcast here.
        const text = isBinary ? "" : data.toString();
        if (text.startsWith("broadcast ")) protocol.send(Buffer.from(text.slice(10)), false);
        else protocol.send(data, isBinary);
      },
      onPing: () => {},
      onPong: () => {},
      onError: () => {},
    }),
    { maxPayload: 1024 * 1024 },
  );
  const receive = (chunk: Buffer) => {
    protocol.receive(take(chunk));
    sender.flush();
  };
  socket.on("data", receive);
  socket.on("end", () => protocol.receiveEnd());
  socket.on("close", () => protocol.receiveEnd());
  receive(head);
}
