import http from "node:http";
import { Opcode } from "../../constants.ts";
import { decodeFrame, encodeFrame } from "../../frame.ts";
import { checkRequest } from "../../handshake.ts";

// What the mistakes of this step share, so that each of them shows its fault and little else.
// Nothing is wrong in here: it is the server of the step, without its refusals.

export type Codec = {
  decode(bytes: Buffer): { opcode: number; payload: Buffer } | undefined;
  encode(opcode: number, payload: Buffer): Buffer;
};

/** The step's own way to read and write a frame. */
export const codec: Codec = {
  decode(bytes) {
    const frame = decodeFrame(bytes);
    return frame && { opcode: frame.header.opcode, payload: frame.payload };
  },
  encode: encodeFrame,
};

/** The server of this step, with another way to read or to write a frame. */
export function serve({ decode, encode }: Codec): void {
  const port = Number(process.env.PORT ?? 8000);
  const server = http.createServer();

  server.on("upgrade", (request, socket) => {
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

    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const frame = decode(received);
      if (frame === undefined) return;

      received = Buffer.alloc(0);
      if (frame.opcode === Opcode.Text) socket.write(encode(Opcode.Text, frame.payload));
    });
    socket.on("end", () => {
      socket.end();
    });
  });

  server.listen(port, () => {
    console.log(`Listening on port ${port}`);
  });
}

/** Reads a masked frame whose header has `start` bytes and whose payload has `length`. */
export function decodeMasked(bytes: Buffer, start: number, length: number): ReturnType<Codec["decode"]> {
  if (bytes.length < start + length) return undefined;
  const key = bytes.subarray(start - 4, start);
  const payload = bytes.subarray(start, start + length).map((byte, i) => byte ^ key.readUInt8(i % 4));
  return { opcode: bytes.readUInt8(0) & 0b0000_1111, payload: Buffer.from(payload) };
}
