// Mistake: It hangs up on the client, which then sees an error instead of waiting.
// Caught by: answers nothing
// Says: Nothing should happen here, but the server ended the connection.

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("Upgrading to WebSocket protocol");
  socket.end();
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
