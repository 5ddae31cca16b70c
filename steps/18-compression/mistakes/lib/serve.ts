import type { Duplex } from "node:stream";
import { checkRequest } from "../../handshake.ts";
import type { Extension } from "../../header-values.ts";
import { MessageCompression } from "../../message-compression.ts";
import { formatExtension, negotiate, type Agreement } from "../../permessage-deflate.ts";
import { Protocol } from "../../protocol.ts";
import { createHttpServer, refuse } from "../../refusal.ts";

// What the mistakes of this step share: its server and its connection, in short. Nothing is wrong
// in here.

const port = Number(process.env.PORT ?? 8000);
const maxPayload = Number(process.env.MAX_MESSAGE_SIZE ?? 1024 * 1024);

export type Parts = {
  /** What is agreed on. */
  negotiate?: (offers: Extension[]) => Agreement | undefined;
  /** The value of the answer's header; `undefined` leaves it out. */
  answer?: (agreement: Agreement | undefined, offers: Extension[]) => string | undefined;
  /** Both directions of a connection. */
  Compression?: new (agreement: Agreement, isServer: boolean) => MessageCompression & { heard?(data: Buffer): void };
  /** The protocol of a connection. */
  Protocol?: typeof Protocol;
};

/** The server of this step, with some parts replaced. */
export function serve(parts: Parts): void {
  const server = createHttpServer();
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const result = checkRequest(request);
    if (!result.ok) return refuse(socket, result, request.method);
    const { negotiate: choose = (offers) => negotiate(offers, {}), answer = format } = parts;
    const agreement = choose(result.extensions);
    const extensions = answer(agreement, result.extensions);
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\n" +
        "Upgrade: websocket\r\n" +
        "Connection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${result.accept}\r\n` +
        (extensions === undefined ? "" : `Sec-WebSocket-Extensions: ${extensions}\r\n`) +
        "\r\n",
    );
    connect(socket, head, agreement, parts);
  });
  server.listen(port, () => console.log(`Listening on port ${port}`));
}

function format(agreement: Agreement | undefined): string | undefined {
  return agreement && formatExtension(agreement);
}

function connect(socket: Duplex, head: Buffer, agreement: Agreement | undefined, parts: Parts): void {
  const { Compression = MessageCompression, Protocol: Its = Protocol } = parts;
  const compression: InstanceType<NonNullable<Parts["Compression"]>> | undefined = agreement && new Compression(agreement, true);
  const protocol: Protocol = new Its(
    {
      onBytes: (bytes) => socket.write(bytes),
      onEnd: () => socket.end(),
      onMessage(data, isBinary) {
        compression?.heard?.(data);
        protocol.send(data, isBinary);
      },
      onPing: () => {},
      onPong: () => {},
      onError: () => {},
    },
    { maxPayload, compression },
  );
  socket.on("data", (chunk) => protocol.receive(chunk));
  socket.on("end", () => protocol.receiveEnd());
  socket.on("close", () => protocol.receiveEnd());
  protocol.receive(head);
}
