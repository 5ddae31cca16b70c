import http from "node:http";
import { Opcode } from "../../constants.ts";
import { decodeHeader, encodeFrame, headerLength, unmask } from "../../frame.ts";
import { checkRequest } from "../../handshake.ts";

// What the mistakes of this step share, so that each of them shows its fault and little else.
// Nothing is wrong in here: it is the server of the step, without its refusals.

export type Frame = { opcode: number; payload: Buffer };

/** What a connection does with the bytes that arrive. */
export type Receiver = {
  /** What came together with the request. */
  head(bytes: Buffer): void;
  chunk(bytes: Buffer): void;
};

/** The server of this step; `receive` gets a way to answer, and says what is done with the bytes. */
export function serve(receive: (echo: (frame: Frame) => void) => Receiver): void {
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

    const receiver = receive(({ opcode, payload }) => {
      if (opcode === Opcode.Text) socket.write(encodeFrame(Opcode.Text, payload));
    });
    receiver.head(head);
    socket.on("data", (chunk) => receiver.chunk(chunk));
    socket.on("end", () => {
      socket.end();
    });
  });

  server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}

/** Reads the frame at the start of `bytes`, and says how long it is; `undefined` if it is not all there. */
export function decodeFrame(bytes: Buffer): (Frame & { length: number }) | undefined {
  if (bytes.length < 2) return undefined;
  const start = headerLength(bytes.readUInt8(1));
  if (bytes.length < start) return undefined;

  const header = decodeHeader(bytes);
  const end = start + header.length;
  if (bytes.length < end) return undefined;

  const payload = Buffer.from(bytes.subarray(start, end));
  if (header.key !== undefined) unmask(payload, header.key, 0);
  return { opcode: header.opcode, payload, length: end };
}
