import type { Duplex } from "node:stream";
import { Connection } from "../connection.ts";
import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

const SIZE = 4;

serve((socket, head) => {
  const connection = new Connection(socket, {
    onMessage: (data, isBinary) => sendFragments(socket, data, isBinary),
  });
  connection.receive(head);
});

function sendFragments(socket: Duplex, data: Buffer, isBinary: boolean): void {
  let opcode: number = isBinary ? Opcode.Binary : Opcode.Text;
  for (let start = 0; start === 0 || start < data.length; start += SIZE) {
    const frame = encodeFrame(opcode, data.subarray(start, start + SIZE));
    const isLast = start + SIZE >= data.length;
    // encodeFrame sets FIN, which is the first bit.
    if (!isLast) frame.writeUInt8(frame.readUInt8(0) & 0b0111_1111, 0);
    socket.write(frame);
    opcode = Opcode.Continuation;
  }
}
