// Mistake: A client's frames go out as a server's do.
// Caught by: masks each frame, with a key of its own
// Says: The header 81 14: the MASK bit is 0, but a client must mask (RFC 6455, section 5.1).

import { serve } from "./lib/serve.ts";

serve({ maskingKey: () => undefined });
