// Mistake: What comes in one packet with the 101 is thrown away.
// Caught by: reads frames that come together with the 101
// Says: Expected a text frame with 13 bytes, but nothing came within 2000 ms.

import { serve } from "./lib/serve.ts";

serve({ losesHead: true });
