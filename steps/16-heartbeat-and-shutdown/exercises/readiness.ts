import http from "node:http";
import { WebSocketServer } from "../websocket-server.ts";

const port = Number(process.env.PORT ?? 8000);
const noticeTime = Number(process.env.NOTICE_TIME ?? 5_000);
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];
let isReady = true;

const httpServer = http.createServer((request, response) => {
  if (request.url !== "/ready") return void response.writeHead(404).end("Try /ready\n");
  // Whoever asks again on the same connection would keep us from ending.
  response.setHeader("Connection", "close");
  response.writeHead(isReady ? 200 : 503).end(isReady ? "ready\n" : "closing\n");
});
const server = new WebSocketServer({ server: httpServer, allowedOrigins });
server.on("connection", (socket) => socket.on("error", () => {}));

process.once("SIGTERM", async () => {
  isReady = false;
  console.log("Not ready");
  // The load balancer asks now and then. Until it has noticed, it still sends us clients: they are let in.
  await new Promise((resolve) => setTimeout(resolve, noticeTime));
  await server.shutdown();
  httpServer.close();
  httpServer.closeAllConnections();
});

httpServer.listen(port, () => console.log(`Listening on port ${port}`));
