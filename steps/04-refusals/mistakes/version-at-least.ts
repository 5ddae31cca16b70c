// Mistake: Any version from 13 on is accepted, though nobody knows what 14 will say.
// Caught by: refuses version 14 with 426
// Says: Expected status 426, but the response has 101 (nobody knows version 14 yet).

import { checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) => {
  const isKnown = Number(request.headers["sec-websocket-version"]) >= 13;
  return checkRequest(isKnown ? withHeaders(request, { "sec-websocket-version": "13" }) : request, policy);
});
