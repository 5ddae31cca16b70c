// Mistake: A reason is measured in characters, and 42 euro signs are 126 bytes.
// Caught by: sends no reason of more than 123 bytes
// Says: A close frame with 128 bytes came. A control frame has at most 125.

import { serve } from "./lib/serve.ts";

serve({ maxReason: 123 });
