// Mistake: Nobody listens for "upgrade", so Node treats the request like any other.
// Caught by: prints a line for an upgrade request
// Says: Expected the server to print "Upgrading to WebSocket protocol".

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
