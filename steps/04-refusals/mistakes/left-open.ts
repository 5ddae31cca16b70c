// Mistake: A refusal is written, and the connection that it calls closed stays open.
// Caught by: refuses a POST with 405
// Says: Expected the server to end the connection, but it had not after 2000 ms.

import { checkRequest } from "../handshake.ts";
import { answerRequests, createServer, open, policy, port, toText } from "./lib/serve.ts";

const server = createServer();

answerRequests(server, (request) => checkRequest(request, policy));

server.on("upgrade", (request, socket) => {
  socket.on("error", (error) => {
    console.log(`Socket error: ${error.message}`);
  });
  const result = checkRequest(request, policy);
  if (!result.ok) {
    socket.write(toText(result, request.method));
    return;
  }
  open(socket, result);
});

server.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
