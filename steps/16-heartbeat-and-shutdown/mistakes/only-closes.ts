// Mistake: close() stops listening, and waits for ever for clients who were told nothing.
// Caught by: on SIGTERM says 1001 to all, waits for their answers, and ends
// Says: Expected a close frame with code 1001, but nothing came within <time>.

import { serve } from "./lib/serve.ts";

serve({ stop: (server) => server.close() });
