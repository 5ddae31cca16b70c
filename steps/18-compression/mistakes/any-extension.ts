// Mistake: The answer repeats the first extension of the offer, whatever it is.
// Caught by: ignores what it does not know: permessage-bzip2
// Says: The response says Sec-WebSocket-Extensions: permessage-bzip2. This server speaks permessage-deflate and nothing else.

import { serve } from "./lib/serve.ts";

serve({
  answer: (agreement, [first]) => (agreement ? "permessage-deflate" : first?.name === "permessage-deflate" ? undefined : first?.name),
});
