// Mistake: A 101 is a 101, and nobody looks at the accept value.
// Caught by: fails over a response with no accept value
// Says: Expected "error …" (anybody could answer so), but "open" came.

import { checkResponse } from "../client-handshake.ts";
import { acceptKey } from "../handshake.ts";
import { serve } from "./lib/serve.ts";

serve({
  check({ statusCode, headers }, key, offered) {
    return checkResponse({ statusCode, headers: { ...headers, "sec-websocket-accept": acceptKey(key) } }, key, offered);
  },
});
