// Mistake: Where the first offer is declined, the next one is not looked at.
// Caught by: declines foo, and takes the next offer
// Says: The first offer is wrong, the second one is not, but both are declined.

import { negotiate } from "../permessage-deflate.ts";
import { serve } from "./lib/serve.ts";

serve({
  negotiate(offers) {
    const first = offers.find(({ name }) => name === "permessage-deflate");
    return first && negotiate([first], {});
  },
});
