// Mistake: A clientError listener that only prints: who sends what is no HTTP waits for ever.
// Caught by: answers 400 to what is not HTTP
// Says: Expected a response with status 400 (a header is a name, a colon and a value), but nothing came within 2000 ms.

import { checkRequest } from "../handshake.ts";
import { policy, serve } from "./lib/serve.ts";

const server = serve((request) => checkRequest(request, policy));

server.removeAllListeners("clientError");
server.on("clientError", (error) => {
  console.log(`Client error: ${error.message}`);
});
