// Mistake: All have gone, but a timer still runs, and keeps the process alive.
// Caught by: on SIGTERM says 1001 to all, waits for their answers, and ends
// Says: Expected the server's process to end, but it had not after <time> (all clients have gone).

import { serve } from "./lib/serve.ts";

serve({});
setInterval(() => {}, 1_000);
