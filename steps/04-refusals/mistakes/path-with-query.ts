// Mistake: The whole URL is compared with the path, query string included.
// Caught by: accepts a path with a query
// Says: Expected status 101, but the response has 404.

import { checkRequest } from "../handshake.ts";
import { policy, refusal, serve } from "./lib/serve.ts";

serve((request) => {
  const result = checkRequest(request, policy);
  if (result.ok && request.url !== policy.path) {
    return refusal(404, "There is no WebSocket at this path.");
  }
  return result;
});
