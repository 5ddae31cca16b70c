// Mistake: The answer repeats the whole offer, where a client wants one name.
// Caught by: chooses shout from: chat, superchat, shout
// Says: The response says Sec-WebSocket-Protocol: chat, superchat, shout. Expected Sec-WebSocket-Protocol: shout.

import { serve } from "./lib/serve.ts";

serve({ choose: (offered) => offered.join(", ") });
