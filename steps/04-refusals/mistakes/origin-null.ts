// Mistake: The Origin "null" is allowed, so that client.html works as a file: so does every sandboxed frame.
// Caught by: refuses Origin: null with 403
// Says: Expected status 403, but the response has 101 (null is what every file, every sandboxed frame sends, the attacker's too).

import { checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) => {
  const { origin } = request.headers;
  const isAllowed = origin === "null";
  return checkRequest(isAllowed ? withHeaders(request, { origin: undefined }) : request, policy);
});
