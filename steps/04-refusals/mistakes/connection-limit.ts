// Mistake: A small limit on connections counts those that never finish their request, so anyone can use it up.
// Caught by: answers while 200 clients stop in the middle of their handshake
// Says: Expected an HTTP response, but the server <ending>.

import { checkRequest } from "../handshake.ts";
import { policy, serve } from "./lib/serve.ts";

const server = serve((request) => checkRequest(request, policy));

server.maxConnections = 100;
