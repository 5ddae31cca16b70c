import { Opcode } from "../constants.ts";
import { FrameParser, type FrameSink } from "../frame-parser.ts";
import { encodeFrame } from "../frame.ts";
import { serve } from "./lib/serve.ts";

serve((socket, head) => {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(4000);
  socket.write(encodeFrame(Opcode.Close, Buffer.concat([code, Buffer.from("tea time")])));

  const parser = new FrameParser();
  const sink: FrameSink = {
    onHeader() {},
    onPayload() {},
    onFrameEnd({ opcode }) {
      // This close frame is the answer to ours, and an answer is not answered.
      if (opcode === Opcode.Close) socket.end();
    },
  };
  socket.on("data", (chunk) => parser.push(chunk, sink));
  socket.on("end", () => socket.end());
  parser.push(head, sink);
});
