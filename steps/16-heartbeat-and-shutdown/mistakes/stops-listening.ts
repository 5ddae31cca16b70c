// Mistake: The port is closed first, and whoever comes then finds nobody to say 503.
// Caught by: refuses newcomers with 503 while it closes
// Says: Could not connect to port <port>: nobody listens there.

import { serve } from "./lib/serve.ts";

serve({
  stop(server) {
    server.close();
    void server.shutdown();
  },
});
