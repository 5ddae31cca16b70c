// Mistake: It prints the Buffer object, not the text in it.
// Caught by: prints the text that the client sends
// Says: Expected the server to print "Message from the client".

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
    console.log("Received:", chunk);
    socket.write("Hi, from the server!");
  });

  socket.on("end", () => {
    socket.end();
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
