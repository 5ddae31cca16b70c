// Mistake: The connection is destroyed, and the client never learns why.
// Caught by: refuses a frame without a mask with 1002
// Says: Expected a close frame with code 1002 (a client masks every frame), but the server ended the connection.

import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override fail(): void {
    this.ended = true;
    this.socket.destroy();
  }
}

serve((socket) => new Mistake(socket));
