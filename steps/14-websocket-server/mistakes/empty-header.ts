// Mistake: If nothing fits, the header is there and empty, instead of not there.
// Caught by: accepts chat, but answers without a subprotocol
// Says: The response says Sec-WebSocket-Protocol: . The server does not speak what was offered, so it must leave the header out.

import { serve } from "./lib/serve.ts";

serve({ choose: (offered) => offered.find((name) => name === "echo" || name === "shout") ?? "" });
