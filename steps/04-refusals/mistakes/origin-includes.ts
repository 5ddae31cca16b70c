// Mistake: The Origin need only hold our name somewhere.
// Caught by: refuses a foreign Origin with our name in it with 403
// Says: Expected status 403, but the response has 101 (an origin is compared whole).

import { checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) => {
  const { origin } = request.headers;
  const isAllowed = origin?.includes("localhost:3000");
  return checkRequest(isAllowed ? withHeaders(request, { origin: undefined }) : request, policy);
});
