// A client that sends a message in a million fragments, all empty but the last.

import { randomBytes } from "node:crypto";
import http from "node:http";

const COUNT = 1_000_000;

const port = Number(process.env.PORT ?? 8000);
const request = http.get({
  host: "localhost",
  port,
  headers: {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    "Sec-WebSocket-Version": "13",
  },
});

request.on("upgrade", (_response, socket) => {
  socket.write(hex("01 80 00 00 00 00"));
  const empty = Buffer.alloc(6 * 1_000, hex("00 80 00 00 00 00"));
  for (let sent = 0; sent < COUNT; sent += 1_000) socket.write(empty);
  socket.write(hex("80 85 00 00 00 00 68 65 6c 6c 6f"));

  socket.once("data", (answer: Buffer) => {
    console.log(`${COUNT} fragments, and back came: ${answer.toString("hex")}`);
    socket.end();
  });
});

function hex(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(" ", ""), "hex");
}
