import { WebSocket } from "./websocket.ts";

const address = process.argv[2] ?? `ws://localhost:${process.env.PORT ?? 8000}`;
const socket = new WebSocket(address, { origin: process.env.ORIGIN });

socket.on("open", () => {
  console.log(`Connected to ${socket.url}`);
  socket.send("Websockets are great");
});
socket.on("message", (data) => {
  console.log(`Received: ${data}`);
  socket.close(1000, "bye");
});
// Where a name has several addresses, Node's error about them all has a code and no message.
socket.on("error", (error) => console.log(`Failed: ${error.message || error.code}`));
socket.on("close", (code, reason) => console.log(`Closed with ${code} ${reason}`.trim()));
