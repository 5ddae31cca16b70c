// Mistake: The token in Connection is compared with its capital letter, and case does not count there.
// Caught by: accepts connection: UPGRADE, in two headers
// Says: Expected status 101, but the response has 426.

import { checkRequest, UPGRADE_REQUIRED } from "../handshake.ts";
import { policy, serve } from "./lib/serve.ts";

serve((request) => {
  const result = checkRequest(request, policy);
  if (result.ok && !request.headers.connection?.includes("Upgrade")) return UPGRADE_REQUIRED;
  return result;
});
