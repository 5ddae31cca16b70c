// Mistake: The whole Connection header is compared, and Firefox sends "keep-alive, Upgrade".
// Caught by: accepts Connection: keep-alive, Upgrade
// Says: Expected status 101, but the response has 426.

import { checkRequest, UPGRADE_REQUIRED } from "../handshake.ts";
import { policy, serve } from "./lib/serve.ts";

serve((request) => {
  const result = checkRequest(request, policy);
  if (result.ok && request.headers.connection?.toLowerCase() !== "upgrade") return UPGRADE_REQUIRED;
  return result;
});
