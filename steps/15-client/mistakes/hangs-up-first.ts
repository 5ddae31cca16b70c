// Mistake: When both have said goodbye, the client ends the connection.
// Caught by: answers a close frame, and lets the server hang up first
// Says: Nothing should happen here, but the client ended the connection.

import { serve } from "./lib/serve.ts";

serve({ hangsUp: true });
