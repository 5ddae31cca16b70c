// Mistake: The socket has no error listener, so one client that resets its connection ends the server.
// Caught by: lives on when a client resets the connection after its request
// Says: The server ended with exit code 1. It should have stayed up.

import { checkRequest } from "../handshake.ts";
import { answerRequests, createServer, open, policy, port, refuse } from "./lib/serve.ts";

const server = createServer();

answerRequests(server, (request) => checkRequest(request, policy));

server.on("upgrade", (request, socket) => {
  const result = checkRequest(request, policy);
  if (!result.ok) {
    refuse(socket, result, request.method);
    return;
  }
  open(socket, result);
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
