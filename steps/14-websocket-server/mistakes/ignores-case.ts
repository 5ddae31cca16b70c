// Mistake: The names are compared in lower case, like those of headers.
// Caught by: chooses shout from: ECHO, shout
// Says: The response says Sec-WebSocket-Protocol: ECHO. Expected Sec-WebSocket-Protocol: shout.

import { serve } from "./lib/serve.ts";

serve({ choose: (offered) => offered.find((name) => /^(echo|shout)$/i.test(name)) });
