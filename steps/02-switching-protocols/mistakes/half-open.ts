// Mistake: It does not answer the client's end, so the socket stays half open for ever.
// Caught by: ends the connection when the client does
// Says: Expected the server to end the connection, but it had not after 2000 ms.

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("Upgrading to WebSocket protocol");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
      "\r\n",
  );

  socket.on("data", (chunk) => {
    console.log(`Received: ${chunk}`);
    socket.write("Hi, from the server!");
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
