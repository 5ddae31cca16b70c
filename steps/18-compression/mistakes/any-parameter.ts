// Mistake: The parameters of an offer are not looked at.
// Caught by: declines by silence, and goes on without compression
// Says: The offer has a parameter that does not exist. It must be declined: leave the header out.

import { serve } from "./lib/serve.ts";

serve({
  negotiate: (offers) => (offers.some(({ name }) => name === "permessage-deflate") ? {} : undefined),
});
