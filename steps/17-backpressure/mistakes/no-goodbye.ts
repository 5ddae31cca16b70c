// Mistake: Who has been slow gets no close frame, but the mere end of the connection.
// Caught by: closes when the client has read at last
// Says: Expected the answer to the close frame, but not all came.

import type { Duplex } from "node:stream";
import { WebSocket } from "../websocket.ts";
import { serve } from "./lib/serve.ts";

class Mistaken extends WebSocket {
  override setSocket(socket: Duplex, head: Buffer, protocol: string): void {
    let wasSlow = false;
    const write = socket.write.bind(socket) as (chunk: Buffer, written: () => void) => boolean;
    socket.write = ((chunk: Buffer, written: () => void) => {
      if (wasSlow && chunk[0] === 0x88) return true;
      const hasRoom = write(chunk, written);
      wasSlow ||= socket.writableLength > 0;
      return hasRoom;
    }) as typeof socket.write;
    super.setSocket(socket, head, protocol);
  }
}

serve({ options: { WebSocket: Mistaken } });
