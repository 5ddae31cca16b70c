// Mistake: Nobody looks at what `send` returns, and the hard limit ends a client that is merely slow.
// Caught by: sends no faster than the client reads
// Says: Expected 600 messages in order, but not all came.

import { serve } from "./lib/serve.ts";

serve({
  flood(socket, count) {
    for (let i = 1; i <= count; i++) socket.send(`${i} `.padEnd(65_536, "."));
  },
});
