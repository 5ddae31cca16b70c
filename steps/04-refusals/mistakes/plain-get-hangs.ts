// Mistake: There is only an upgrade listener, and whoever opens the address in a browser waits for ever.
// Caught by: refuses a request without Upgrade with 426
// Says: Expected a response with status 426 (the client did not ask for a WebSocket), but nothing came within 2000 ms.

import { checkRequest } from "../handshake.ts";
import { createServer, open, policy, port, refuse } from "./lib/serve.ts";

const server = createServer();

server.on("upgrade", (request, socket) => {
  socket.on("error", (error) => {
    console.log(`Socket error: ${error.message}`);
  });
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
