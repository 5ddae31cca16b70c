import { WebSocketServer } from "../websocket-server.ts";

const port = Number(process.env.PORT ?? 8000);
const interval = Number(process.env.PING_INTERVAL ?? 1_000);
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];
const server = new WebSocketServer({ port, allowedOrigins });

server.on("listening", () => console.log(`Listening on port ${port}`));
server.on("connection", (socket) => {
  // The time travels with the ping, so that we need not remember anything.
  const ping = () => {
    const time = Buffer.alloc(8);
    time.writeDoubleBE(performance.now());
    socket.ping(time);
  };
  const timer = setInterval(ping, interval);
  socket.on("pong", (payload) => {
    // The heartbeat's pongs are empty. And a pong may come unasked, with whatever in it.
    if (payload.length !== 8) return;
    const latency = performance.now() - payload.readDoubleBE(0);
    if (latency >= 0 && latency < 60_000) socket.send(`${latency.toFixed(1)} ms there and back`);
  });
  socket.on("error", (error) => console.log(`Failed with ${error.code}`));
  socket.on("close", () => clearInterval(timer));
});
