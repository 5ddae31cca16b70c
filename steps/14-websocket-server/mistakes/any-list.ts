// Mistake: The header is cut at its commas, and nobody looks at the parts.
// Caught by: refuses a subprotocol with a blank in it with 400
// Says: Expected status 400, but the response has 101 (a token has no blank in it, and a list has commas).

import { serve } from "./lib/serve.ts";

serve({ parse: (header) => header.split(",").map((name) => name.trim()) });
