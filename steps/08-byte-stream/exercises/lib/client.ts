import { randomBytes } from "node:crypto";
import http from "node:http";
import type { Duplex } from "node:stream";
import { FrameParser } from "../../frame-parser.ts";

// What the clients of this folder share. It believes what the server says; step 15 writes a client
// that does not.

/** Opens a WebSocket and hands over its socket. */
export function connect(onOpen: (socket: Duplex) => void): void {
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
  request.on("upgrade", (response, socket) => {
    onOpen(socket);
  });
  request.end();
}

/** A masked text frame of at most 125 bytes. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const key = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ key.readUInt8(i % 4));
  return Buffer.concat([Buffer.from([0b1000_0001, 0b1000_0000 | payload.length]), key, masked]);
}

/** Calls `onText` with each text that comes back, and `onEnd` when the server has hung up. */
export function readTexts(socket: Duplex, onText: (text: string) => void, onEnd = () => {}): void {
  const parser = new FrameParser();
  let parts: Buffer[] = [];
  socket.on("data", (chunk) => {
    parser.push(chunk, {
      onHeader: () => (parts = []),
      onPayload: (header, part) => parts.push(part),
      onFrameEnd: () => onText(Buffer.concat(parts).toString()),
    });
  });
  socket.on("end", onEnd);
}
