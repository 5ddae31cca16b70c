// Mistake: The answer names the extension although nobody has offered it.
// Caught by: leaves the header out where nothing is offered
// Says: The response has a header Sec-WebSocket-Extensions, but the client offered none (RFC 6455, section 4.1).

import { formatExtension } from "../permessage-deflate.ts";
import { serve } from "./lib/serve.ts";

serve({
  answer: (agreement, offers) => (agreement || offers.length === 0 ? formatExtension(agreement ?? {}) : undefined),
});
