import { randomBytes } from "node:crypto";
import http from "node:http";
import { acceptKey } from "./handshake.ts";

const port = Number(process.env.PORT ?? 8000);
const key = randomBytes(16).toString("base64");
const request = http.request({
  host: "localhost",
  port,
  headers: {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
  },
});

request.on("upgrade", (response, socket) => {
  console.log(`${response.statusCode} ${response.statusMessage}`);
  if (response.headers["sec-websocket-accept"] === acceptKey(key)) {
    console.log("Sec-WebSocket-Accept fits our key");
  } else {
    console.log("Sec-WebSocket-Accept does not fit our key");
  }
  socket.end();
});

request.end(() => {
  console.log("Asked for an upgrade");
});
