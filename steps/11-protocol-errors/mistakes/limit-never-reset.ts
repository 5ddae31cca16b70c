// Mistake: The counter of the limit is not set back between two messages, so any long conversation ends with 1009.
// Caught by: forgets the length of one message before the next
// Says: Expected a binary frame with 524288 bytes, but a close frame came, with the payload 03 f1.

import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override finish(): void {
    const { announced } = this;
    super.finish();
    this.announced = announced;
  }
}

serve((socket) => new Mistake(socket));
