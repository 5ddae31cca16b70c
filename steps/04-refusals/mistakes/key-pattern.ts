// Mistake: The pattern for the key was made from one key, and the last digit of others differs.
// Caught by: accepts keys that end in A, Q, g and w
// Says: Expected status 101, but the response has 400.

import { checkRequest } from "../handshake.ts";
import { policy, refusal, serve } from "./lib/serve.ts";

const KEY = /^[A-Za-z0-9+/]{21}Q==$/;

serve((request) => {
  const result = checkRequest(request, policy);
  if (result.ok && !KEY.test(request.headers["sec-websocket-key"] ?? "")) {
    return refusal(400, "Sec-WebSocket-Key must be sent once: 16 random bytes in base64.");
  }
  return result;
});
