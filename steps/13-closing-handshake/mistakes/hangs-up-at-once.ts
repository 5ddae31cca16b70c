// Mistake: The server hangs up behind its own close frame, and does not wait for the client's.
// Caught by: closes when it is told to, and waits for the answer
// Says: Expected a pong frame with 14 bytes, but the server ended the connection.

import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override close(code: number, reason: string): void {
    super.close(code, reason);
    this.end();
  }
}

serve({ Protocol: Mistaken });
