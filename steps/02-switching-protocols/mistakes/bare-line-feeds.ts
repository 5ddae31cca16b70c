// Mistake: The lines end in \n alone, and HTTP wants \r\n.
// Caught by: answers 101 Switching Protocols
// Says: Not an HTTP response: a line ends in 0a alone at byte 32; every line of the head ends in 0d 0a.

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("Upgrading to WebSocket protocol");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\n" +
      "Upgrade: websocket\n" +
      "Connection: Upgrade\n" +
      "\n",
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
