// Mistake: The first subprotocol of the offer is the answer, spoken or not.
// Caught by: chooses shout from: chat, superchat, shout
// Says: The response says Sec-WebSocket-Protocol: chat. Expected Sec-WebSocket-Protocol: shout.

import { serve } from "./lib/serve.ts";

serve({ choose: ([first]) => first });
