// Mistake: The listener is gone after the first upgrade.
// Caught by: serves a second client while the first one waits
// Says: Expected the server to print "Upgrading to WebSocket protocol".

import http from "node:http";

const port = Number(process.env.PORT ?? 8000);
const server = http.createServer();

server.once("upgrade", () => {
  console.log("Upgrading to WebSocket protocol");
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
