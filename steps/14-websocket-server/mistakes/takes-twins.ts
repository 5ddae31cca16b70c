// Mistake: A set swallows what is offered twice.
// Caught by: refuses a subprotocol that is offered twice with 400
// Says: Expected status 400, but the response has 101 (the elements are unique).

import { parseTokens } from "../header-values.ts";
import { serve } from "./lib/serve.ts";

serve({
  parse(header) {
    const tokens = parseTokens(header);
    return tokens && [...new Set(tokens)];
  },
});
