// Mistake: The missing key passes: undefined?.length is undefined, and that is not 0.
// Caught by: refuses a request without a key with 400
// Says: Expected status 400, but the response has 101 (without a key there is nothing to prove).

import { acceptKey, checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) => {
  const key = request.headers["sec-websocket-key"];
  const isValid = key?.length !== 0;

  const other = { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" };
  const result = checkRequest(isValid ? withHeaders(request, other) : request, policy);
  return result.ok ? { ok: true, accept: acceptKey(`${key}`) } : result;
});
