import net from "node:net";
import { textFrame } from "./lib/client.ts";

// http.request waits for the 101 before it gives us the socket, so here is a request made by hand.
const port = Number(process.env.PORT ?? 8000);
const request = [
  "GET / HTTP/1.1",
  `Host: localhost:${port}`,
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n");

const socket = net.connect(port, "localhost", () => {
  socket.end(Buffer.concat([Buffer.from(request), textFrame("early bird")]));
});

let received = "";
socket.on("data", (chunk) => {
  received += chunk.toString("latin1");
});
socket.on("end", () => {
  const [status] = received.split("\r\n");
  const [, frames = ""] = received.split("\r\n\r\n");
  console.log(status);
  console.log(frames === "" ? "Nothing else came back" : `Came back: ${Buffer.from(frames, "latin1").subarray(2)}`);
});
