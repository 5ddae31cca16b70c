// Mistake: The Origin need only end like ours, whatever its scheme.
// Caught by: refuses an allowed host with another scheme with 403
// Says: Expected status 403, but the response has 101 (scheme, host and port make an origin; all three count).

import { checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) => {
  const { origin } = request.headers;
  const isAllowed = origin?.endsWith("localhost:3000");
  return checkRequest(isAllowed ? withHeaders(request, { origin: undefined }) : request, policy);
});
