// Mistake: The 101 goes through a response object, and what the client sends then never comes out of the request.
// Caught by: prints the text that the client sends
// Says: Expected the server to print "Message from the client".

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("request", (request, response) => {
  console.log("Upgrading to WebSocket protocol");
  response.writeHead(101, { Upgrade: "websocket", Connection: "Upgrade" });
  response.end();

  request.on("data", (chunk) => {
    console.log(`Received: ${chunk}`);
    request.socket.write("Hi, from the server!");
  });
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
