// Mistake: A message that the end of the connection cuts off is an exception that nobody catches.
// Caught by: lives on when clients vanish at every moment
// Says: The server ended with exit code 1. It should have stayed up.

import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override receiveEnd(): void {
    if (this.state !== "closed" && this.message.opcode !== undefined) {
      throw new Error("The message is not complete");
    }
    super.receiveEnd();
  }
}

serve({ Protocol: Mistaken });
