// Mistake: The accept value is compared as if it were the name of a header.
// Caught by: fails over a response with the accept value in lower case
// Says: Expected "error …" (in base64, the case of letters counts), but "open" came.

import { checkResponse } from "../client-handshake.ts";
import { acceptKey } from "../handshake.ts";
import { serve } from "./lib/serve.ts";

serve({
  check({ statusCode, headers }, key, offered) {
    const accept = acceptKey(key);
    const isEqual = headers["sec-websocket-accept"]?.toLowerCase() === accept.toLowerCase();
    const seen = isEqual ? { ...headers, "sec-websocket-accept": accept } : headers;
    return checkResponse({ statusCode, headers: seen }, key, offered);
  },
});
