// Mistake: A Content-Length of any value counts as a body, and 0 means that there is none.
// Caught by: accepts Content-Length: 0
// Says: Expected status 101, but the response has 400.

import { checkRequest } from "../handshake.ts";
import { policy, refusal, serve } from "./lib/serve.ts";

serve((request) => {
  const result = checkRequest(request, policy);
  if (result.ok && request.headers["content-length"] !== undefined) {
    return refusal(400, "A WebSocket handshake has no body.");
  }
  return result;
});
