import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { Duplex } from "node:stream";
import { FrameParser } from "../../frame-parser.ts";
import type { FrameHeader } from "../../frame.ts";

// What the clients of this folder share. It believes what the server says; step 15 writes a client
// that does not.

/** A connection on which single frames are sent and received. */
export type Client = {
  send(opcode: number, payload: Buffer, fin?: boolean): void;
  /** Calls back for each frame that comes, and when the server has hung up. */
  listen(onFrame: (header: FrameHeader, payload: Buffer) => void, onEnd: () => void): void;
};

/** Opens a WebSocket to the server on PORT, or 8000. */
export async function connect(): Promise<Client> {
  const request = http.request({
    host: "localhost",
    port: Number(process.env.PORT ?? 8000),
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
      "Sec-WebSocket-Version": "13",
    },
  });
  request.end();
  const [, socket] = (await once(request, "upgrade")) as [unknown, Duplex];
  return {
    send: (opcode, payload, fin = true) => void socket.write(maskedFrame(opcode, payload, fin)),
    listen(onFrame, onEnd) {
      const parser = new FrameParser();
      let parts: Buffer[] = [];
      const sink = {
        onHeader: () => void (parts = []),
        onPayload: (_header: FrameHeader, part: Buffer) => void parts.push(part),
        onFrameEnd: (header: FrameHeader) => onFrame(header, Buffer.concat(parts)),
      };
      socket.on("data", (chunk) => parser.push(chunk, sink));
      socket.on("end", () => {
        onEnd();
        socket.end();
      });
    },
  };
}

/** A frame of at most 125 bytes, as a client sends it. */
function maskedFrame(opcode: number, payload: Buffer, fin: boolean): Buffer {
  const key = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ key.readUInt8(i % 4));
  const first = (fin ? 0b1000_0000 : 0) | opcode;
  return Buffer.concat([Buffer.from([first, 0b1000_0000 | payload.length]), key, masked]);
}
