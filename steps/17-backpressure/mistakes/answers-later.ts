// Mistake: The application answers a turn later, and does not look at what `send` returns.
// Caught by: does not read on while a client reads none of the echoes, and goes on when it does
// Says: The server has taken 32 MB of messages from a client that reads none of the echoes. It must keep them all in memory. Stop reading while what you send is not read.

import { serve } from "./lib/serve.ts";

serve({
  options: { maxBufferedAmount: Infinity },
  echo(socket, data, isBinary) {
    setImmediate(() => socket.send(data, { binary: isBinary }));
  },
});
