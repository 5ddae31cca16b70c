// Mistake: The reason in a Close frame is not checked.
// Caught by: refuses a close reason that is no UTF-8 with 1007
// Says: Expected a close frame with code 1007 (the reason is a text, too), but it has code 1000.

import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override lookAtReason(): void {}
}

serve((socket) => new Mistake(socket));
