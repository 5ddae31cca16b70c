// Mistake: After both close frames the server waits for the client to hang up, which waits for the server.
// Caught by: answers close code 1000 with the same
// Says: Expected the server to end the connection, but it had not after <time>.

import { OpenProtocol } from "./lib/protocol.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends OpenProtocol {
  override answerClose(): void {
    this.sendClose(this.closeCode);
    this.state = "closed";
    this.parser.stop();
  }

  override receiveEnd(): void {
    this.end();
  }
}

serve({ Protocol: Mistaken });
