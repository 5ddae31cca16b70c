// Mistake: Reading stops when too much waits, and nobody starts it again.
// Caught by: does not read on while a client reads none of the pongs, and goes on when it does
// Says: Expected all the pongs, but not all came.

import type { Duplex } from "node:stream";
import { WebSocket } from "../websocket.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends WebSocket {
  override setSocket(socket: Duplex, head: Buffer, protocol: string): void {
    super.setSocket(socket, head, protocol);
    this.on("ping", () => {
      if (this.needsDrain) this.pause();
    });
  }
}

serve({ options: { WebSocket: Mistaken } });
