// Mistake: What stands behind the frame at which the pause began is thrown away.
// Caught by: has lost nothing when it is resumed
// Says: Expected a text frame with 8 bytes, but nothing came within <time>.

import type { Duplex } from "node:stream";
import { WebSocket } from "../websocket.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends WebSocket {
  override setSocket(socket: Duplex, head: Buffer, protocol: string): void {
    super.setSocket(socket, head, protocol);
    const unshift = socket.unshift.bind(socket);
    // The library's own pauses keep what they have: only those of the application lose it.
    socket.unshift = (chunk) => (this.isPaused ? undefined : unshift(chunk));
  }
}

serve({ options: { WebSocket: Mistaken } });
