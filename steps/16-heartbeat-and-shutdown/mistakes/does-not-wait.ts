// Mistake: The process ends as soon as the close frames are out.
// Caught by: on SIGTERM says 1001 to all, waits for their answers, and ends
// Says: Expected a pong frame with 4 bytes, but the server <ending>.

import { serve } from "./lib/serve.ts";

serve({
  stop(server) {
    for (const client of server.clients ?? []) client.close(1001);
    setImmediate(() => process.exit());
  },
});
