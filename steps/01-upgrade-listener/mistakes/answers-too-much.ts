// Mistake: It answers already, and this step is about what happens when nobody does.
// Caught by: answers nothing
// Says: Nothing should come here, but bytes came.

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("Upgrading to WebSocket protocol");
  socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
