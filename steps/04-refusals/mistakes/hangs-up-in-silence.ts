// Mistake: It hangs up instead of answering, and nobody learns what was wrong.
// Caught by: refuses a POST with 405
// Says: Expected a response with status 405 (a handshake is a GET), but the server ended the connection.

import { checkRequest } from "../handshake.ts";
import { answerRequests, createServer, open, policy, port } from "./lib/serve.ts";

const server = createServer();

answerRequests(server, (request) => checkRequest(request, policy));

server.on("upgrade", (request, socket) => {
  socket.on("error", (error) => {
    console.log(`Socket error: ${error.message}`);
  });
  const result = checkRequest(request, policy);
  if (!result.ok) {
    socket.destroy();
    return;
  }
  open(socket, result);
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
