// Mistake: The empty line at the end of the head is missing, so the client waits for more headers.
// Caught by: answers 101 Switching Protocols
// Says: Expected an HTTP response, but only an incomplete part (75 bytes) came within 2000 ms.

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("Upgrading to WebSocket protocol");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n",
  );

  socket.on("data", (chunk) => {
    console.log(`Received: ${chunk}`);
    socket.write("Hi, from the server!");
  });

  socket.on("end", () => {
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
