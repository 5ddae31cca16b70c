import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", () => {
  console.log("Upgrading to WebSocket protocol");
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
