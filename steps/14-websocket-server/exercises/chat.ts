import { WebSocket } from "../websocket.ts";
import { WebSocketServer } from "../websocket-server.ts";

const port = Number(process.env.PORT ?? 8000);
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];
const server = new WebSocketServer({ port, allowedOrigins });
const clients = server.clients ?? new Set();

server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket) => {
  broadcast(`${clients.size} here`);
  socket.on("error", (error) => console.log(`Failed with ${error.code}`));
  socket.on("message", (data, isBinary) => {
    if (!isBinary) broadcast(data.toString());
  });
  // The one that has gone is no longer in the set.
  socket.on("close", () => broadcast(`${clients.size} here`));
});

function broadcast(text: string): void {
  for (const client of clients) {
    if (client.readyState === WebSocket.OPEN) client.send(text);
  }
}
