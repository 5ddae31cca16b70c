// Mistake: What is sent to all waits for the slowest for ever.
// Caught by: gives up a client that does not read what all others get
// Says: A client that did not read was sent all of the 40 MB later on: the server has kept them in memory. Above a limit, end such a connection.

import { serve } from "./lib/serve.ts";

serve({ options: { maxBufferedAmount: Infinity } });
