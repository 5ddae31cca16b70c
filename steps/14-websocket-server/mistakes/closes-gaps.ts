// Mistake: Empty elements are passed over, as in other headers.
// Caught by: refuses an empty list of subprotocols with 400
// Says: Expected status 400, but the response has 101 (a list that is there has an element, and RFC 6455 wants each to be non-empty).

import { parseTokens } from "../header-values.ts";
import { serve } from "./lib/serve.ts";

serve({
  parse(header) {
    const elements = header.split(",").filter((element) => element.trim() !== "");
    const tokens = elements.length === 0 ? [] : parseTokens(elements.join(","));
    return new Set(tokens).size === tokens?.length ? tokens : undefined;
  },
});
