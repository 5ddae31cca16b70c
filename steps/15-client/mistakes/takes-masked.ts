// Mistake: A frame is unmasked if it is masked, whoever has sent it.
// Caught by: refuses a masked frame with 1002
// Says: Expected a frame with opcode 8 and 2 bytes, but nothing came within 2000 ms.

import { serve } from "./lib/serve.ts";

serve({ takesMasked: true });
