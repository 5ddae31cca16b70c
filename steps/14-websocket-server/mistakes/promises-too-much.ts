// Mistake: The server says shout, and goes on echoing.
// Caught by: speaks the subprotocol that it has chosen
// Says: The text frame came, but its payload is wrong: byte 1 is 69 (01101001), expected 49 (01001001).

import { serve } from "./lib/serve.ts";

serve({ answer: (text) => text });
