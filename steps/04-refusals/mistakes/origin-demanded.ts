// Mistake: A request without Origin is refused, and with it every client that is no browser.
// Caught by: refuses a POST with 405
// Says: Expected status 101, but the response has 403.

import { checkRequest } from "../handshake.ts";
import { policy, refusal, serve } from "./lib/serve.ts";

serve((request) => {
  const result = checkRequest(request, policy);
  if (result.ok && request.headers.origin === undefined) {
    return refusal(403, "Only pages may connect to this server.");
  }
  return result;
});
