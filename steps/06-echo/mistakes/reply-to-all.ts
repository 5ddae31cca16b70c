// Mistake: The reply goes to every client.
// Caught by: answers the client that asked, and no other
// Says: Nothing should come here, but bytes came.

import type { Duplex } from "node:stream";
import { Opcode } from "../constants.ts";
import { decodeFrame, encodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

const sockets = new Set<Duplex>();

serve((socket) => {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame?.header.opcode !== Opcode.Text) return;

    const reply = encodeFrame(Opcode.Text, frame.payload);
    for (const each of sockets) each.write(reply);
  });
});
