import { createInterface } from "node:readline";
import { WebSocket } from "../websocket.ts";

const [address = "ws://localhost:8000", ...protocols] = process.argv.slice(2);
const socket = new WebSocket(address, protocols);
const lines = createInterface({ input: process.stdin });

// What is typed before the connection is open waits in the pipe.
lines.pause();
socket.on("open", () => {
  console.log(`Connected${socket.protocol && `, subprotocol ${socket.protocol}`}`);
  lines.on("line", (line) => socket.send(line));
  lines.on("close", () => socket.close(1000));
  lines.resume();
});
socket.on("message", (data, isBinary) => {
  console.log(isBinary ? `< ${Buffer.from(data as Buffer).toString("hex")}` : `< ${data}`);
});
socket.on("ping", (payload) => console.log(`< ping ${payload}`.trim()));
socket.on("error", (error) => {
  console.log(`Failed: ${error.message || error.code}`);
  process.exitCode = 1;
});
socket.on("close", (code, reason) => {
  console.log(`Closed with ${code} ${reason}`.trim());
  lines.close();
});
