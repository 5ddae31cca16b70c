// Mistake: The response is sent with end(), as an HTTP handler would, and that hangs up.
// Caught by: leaves the connection open after the 101
// Says: Nothing should happen here, but the server ended the connection.

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("upgrade", (request, socket) => {
  console.log("Upgrading to WebSocket protocol");
  socket.end(
    "HTTP/1.1 101 Switching Protocols\r\n" +
      "Upgrade: websocket\r\n" +
      "Connection: Upgrade\r\n" +
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
