// Mistake: The version is parsed as a number, so that 013 is 13.
// Caught by: refuses version 013 with 426
// Says: Expected status 426, but the response has 101 (a version has no leading zero).

import { checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) => {
  const isKnown = parseInt(request.headers["sec-websocket-version"] ?? "", 10) === 13;
  return checkRequest(isKnown ? withHeaders(request, { "sec-websocket-version": "13" }) : request, policy);
});
