import http from "node:http";
import type { Duplex } from "node:stream";
import { isValidCloseCode } from "../../constants.ts";
import { checkRequest, type Policy } from "../../handshake.ts";
import type { ProtocolHandler, ProtocolOptions, ProtocolState } from "../../protocol.ts";
import { OpenProtocol } from "./protocol.ts";

// What the mistakes of this step share: its server and its connection, in short. Nothing is wrong
// in here.

const port = Number(process.env.PORT ?? 8000);
const maxPayload = Number(process.env.MAX_MESSAGE_SIZE ?? 1024 * 1024);
const origins = process.env.ALLOWED_ORIGINS ?? "http://localhost:3000 http://127.0.0.1:3000";
const policy: Policy = { path: "/", allowedOrigins: origins.match(/[^\s,]+/g) ?? [] };

/** How long a client may take from the Close frame on, in milliseconds. */
const CLOSE_TIMEOUT = 10_000;

export type Parts = {
  /** The protocol of a connection. */
  Protocol?: new (handler: ProtocolHandler, options: ProtocolOptions) => OpenProtocol;
  /** Which close codes the application may send. */
  mayClose?: (code: number) => boolean;
  /** The longest reason that it takes over from a message `close 4001 bye`. */
  maxReason?: number;
  /** In which states the timer runs. */
  isTimed?: (state: ProtocolState) => boolean;
};

/** The server of this step, with some parts replaced. */
export function serve(parts: Parts): void {
  const server = http.createServer();
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", (error) => {
      console.log(`Socket error: ${error.message}`);
    });
    const result = checkRequest(request, policy);
    if (!result.ok) {
      socket.end(`HTTP/1.1 ${result.status} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\n" +
        "Upgrade: websocket\r\n" +
        "Connection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${result.accept}\r\n` +
        "\r\n",
    );
    connect(socket, head, parts);
  });
  server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}

function connect(socket: Duplex, head: Buffer, parts: Parts): void {
  const { Protocol = OpenProtocol, mayClose = isValidCloseCode, maxReason = 30 } = parts;
  const { isTimed = (state) => state !== "open" } = parts;
  const wish = new RegExp(`^close (\\d{4}) ?(.{0,${maxReason}})$`);
  let timer: NodeJS.Timeout | undefined;

  const protocol = new Protocol(
    {
      onBytes: (bytes) => socket.write(bytes),
      onEnd: () => socket.end(),
      onMessage(data, isBinary) {
        const [, code, reason] = wish.exec(data.toString()) ?? [];
        if (code !== undefined && mayClose(Number(code))) protocol.close(Number(code), reason);
        else protocol.send(data, isBinary);
      },
      onError: (error) => console.log(`Failed with ${error.code}: ${error.message}`),
    },
    { maxPayload },
  );
  const receive = (chunk: Buffer) => {
    protocol.receive(chunk);
    if (!isTimed(protocol.state)) clearTimeout(timer);
    else timer ??= setTimeout(() => socket.destroy(), CLOSE_TIMEOUT);
  };
  socket.on("data", receive);
  socket.on("end", () => protocol.receiveEnd());
  socket.on("close", () => {
    clearTimeout(timer);
    protocol.receiveEnd();
    console.log(`Closed with ${protocol.closeCode} ${protocol.closeReason}`);
  });
  receive(head);
}
