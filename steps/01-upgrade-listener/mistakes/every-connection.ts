// Mistake: The line is printed for every connection, whatever the client asks for.
// Caught by: prints a line for an upgrade request
// Says: The server printed the line for a request, too, that asked for no upgrade.

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.on("connection", () => {
  console.log("Upgrading to WebSocket protocol");
});

// Without a listener, Node would hang up.
server.on("upgrade", () => {});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
