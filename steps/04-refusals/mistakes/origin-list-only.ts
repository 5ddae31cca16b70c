// Mistake: Only the list of origins counts, and the server locks out the pages of its own host.
// Caught by: accepts the Origin of its own host
// Says: Expected status 101, but the response has 403.

import { checkRequest } from "../handshake.ts";
import { policy, refusal, serve } from "./lib/serve.ts";

serve((request) => {
  const result = checkRequest(request, policy);
  const { origin } = request.headers;
  if (result.ok && origin !== undefined && !policy.allowedOrigins.includes(origin)) {
    return refusal(403, "Pages of this origin may not connect to this server.");
  }
  return result;
});
