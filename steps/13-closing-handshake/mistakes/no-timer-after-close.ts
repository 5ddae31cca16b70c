// Mistake: The timer stops once both close frames are there, and a client that never hangs up keeps its socket.
// Caught by: lets go of a client that never hangs up
// Says: Expected the server to let go of the connection, but it still held it after <time>.

import { serve } from "./lib/serve.ts";

serve({ isTimed: (state) => state === "closing" });
