// Mistake: The response says what it upgrades to, but has no Connection header.
// Caught by: names the protocol that it switches to
// Says: The response has no header Connection. Expected Connection: Upgrade.

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("Upgrading to WebSocket protocol");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "\r\n",
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
