// Mistake: The server reads on, and keeps all the pongs that nobody reads.
// Caught by: does not read on while a client reads none of the pongs, and goes on when it does
// Says: The server has taken 32 MB of pings from a client that reads none of the pongs. It must keep them all in memory. Stop reading while what you send is not read.

import { serve } from "./lib/serve.ts";

serve({ options: { highWaterMark: Infinity } });
