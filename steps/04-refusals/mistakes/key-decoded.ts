// Mistake: Only the decoded length is looked at, and Buffer.from decodes whatever looks like base64.
// Caught by: refuses a key without padding with 400
// Says: Expected status 400, but the response has 101 (base64 of 16 bytes ends in ==).

import { acceptKey, checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) => {
  const key = request.headers["sec-websocket-key"] ?? "";
  const isValid = Buffer.from(key, "base64").length === 16;

  const other = { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" };
  const result = checkRequest(isValid ? withHeaders(request, other) : request, policy);
  return result.ok ? { ok: true, accept: acceptKey(key) } : result;
});
