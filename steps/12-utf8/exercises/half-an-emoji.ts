// A client that sends two messages, each on a connection of its own: an emoji in two halves, and a
// slash that is longer than it should be. It prints what goes out and what comes back.

import { randomBytes } from "node:crypto";
import http from "node:http";
import type { Duplex } from "node:stream";

// The mask is four zeros, which is allowed and leaves each payload as it is.
const MESSAGES = [
  { name: "half an emoji per frame", frames: ["01 82 00 00 00 00 f0 9f", "80 82 00 00 00 00 91 8b"] },
  { name: "an overlong slash", frames: ["81 82 00 00 00 00 c0 af"] },
];

const port = Number(process.env.PORT ?? 8000);

for (const { name, frames } of MESSAGES) {
  console.log(name);
  const socket = await open();
  for (const frame of frames) {
    console.log(`  -> ${frame}`);
    socket.write(Buffer.from(frame.replaceAll(" ", ""), "hex"));
  }
  const answer = await firstChunk(socket);
  console.log(`  <- ${answer.toString("hex").replace(/..(?!$)/g, "$& ")}   ${describe(answer)}`);
  socket.end();
}

function describe(answer: Buffer): string {
  const payload = answer.subarray(2);
  return answer[0] === 0x88 ? `Close ${payload.readUInt16BE(0)}` : `text ${payload.toString()}`;
}

function open(): Promise<Duplex> {
  const headers = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    "Sec-WebSocket-Version": "13",
  };
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "localhost", port, headers });
    request.on("upgrade", (_response, socket) => resolve(socket));
    request.on("error", reject);
  });
}

function firstChunk(socket: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once("data", resolve);
    socket.once("error", reject);
  });
}
