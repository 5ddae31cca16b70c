// Mistake: There is no timer, and a client that never answers keeps its socket for ever.
// Caught by: hangs up on a client that never answers the close frame
// Says: Expected the server to end the connection, but it had not after <time>.

import { serve } from "./lib/serve.ts";

serve({ isTimed: () => false });
