import http from "node:http";
import { refusal } from "../handshake.ts";
import { refuse } from "../refusal.ts";
import { WebSocketServer } from "../websocket-server.ts";

const port = Number(process.env.PORT ?? 8000);
const allowedOrigins = ["http://localhost:3000", "http://127.0.0.1:3000"];

const echo = new WebSocketServer({ noServer: true, allowedOrigins });
echo.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});

const clock = new WebSocketServer({ noServer: true, allowedOrigins });
clock.on("connection", (socket) => socket.send(new Date().toISOString()));

const servers = new Map([["/echo", echo], ["/clock", clock]]);
const httpServer = http.createServer((_request, response) => void response.end("A web page, for instance\n"));

httpServer.on("upgrade", (request, socket, head) => {
  const [path = ""] = (request.url ?? "").split("?");
  const server = servers.get(path);
  if (server === undefined) {
    socket.on("error", () => socket.destroy());
    return refuse(socket, refusal(404, "Try /echo or /clock."));
  }
  server.handleUpgrade(request, socket, head, (webSocket) => server.emit("connection", webSocket, request));
});

httpServer.listen(port, () => console.log(`Listening on port ${port}`));
