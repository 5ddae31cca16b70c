// Mistake: Whatever subprotocol the server names, it is taken.
// Caught by: fails over a response with a subprotocol
// Says: Expected "error …" (the client has offered none), but "open chat" came.

import { checkResponse } from "../client-handshake.ts";
import { serve } from "./lib/serve.ts";

serve({
  check(response, key) {
    const named = response.headers["sec-websocket-protocol"];
    return checkResponse(response, key, named === undefined ? [] : [named]);
  },
});
