// Mistake: The reply is masked, as a client's frame would be.
// Caught by: sends a text back
// Says: The header 81 94: the MASK bit is set, but a server must not mask (RFC 6455, section 5.1).

import { Opcode } from "../constants.ts";
import { decodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket) => {
  socket.on("data", (chunk) => {
    const frame = decodeFrame(chunk);
    if (frame?.header.opcode !== Opcode.Text) return;

    const { key, length } = frame.header;
    const masked = frame.payload.map((byte, i) => byte ^ key.readUInt8(i % 4));
    socket.write(Buffer.concat([Buffer.from([0b1000_0001, 0b1000_0000 | length]), key, masked]));
  });
});
