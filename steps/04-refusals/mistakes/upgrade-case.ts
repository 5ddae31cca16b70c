// Mistake: Upgrade is compared case by case, and some clients send "WebSocket".
// Caught by: accepts Upgrade: WebSocket
// Says: Expected status 101, but the response has 426.

import { checkRequest, UPGRADE_REQUIRED } from "../handshake.ts";
import { policy, serve } from "./lib/serve.ts";

serve((request) => {
  const result = checkRequest(request, policy);
  if (result.ok && request.headers.upgrade !== "websocket") return UPGRADE_REQUIRED;
  return result;
});
