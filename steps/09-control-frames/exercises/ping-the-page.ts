import { Connection } from "../connection.ts";
import { Opcode } from "../constants.ts";
import { encodeFrame, type FrameHeader } from "../frame.ts";
import { serve } from "./lib/serve.ts";

class ListeningConnection extends Connection {
  #payload = Buffer.alloc(0);

  override onHeader(): void {
    super.onHeader();
    this.#payload = Buffer.alloc(0);
  }

  override onPayload(header: FrameHeader, part: Buffer): void {
    super.onPayload(header, part);
    this.#payload = Buffer.concat([this.#payload, part]);
  }

  override onFrameEnd(header: FrameHeader): void {
    super.onFrameEnd(header);
    if (header.opcode === Opcode.Pong) console.log(`Pong: ${this.#payload}`);
  }
}

serve((socket, head) => {
  const connection = new ListeningConnection(socket, {
    onMessage: (data, isBinary) => connection.send(data, isBinary),
  });
  connection.receive(head);

  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    socket.write(encodeFrame(Opcode.Ping, Buffer.from(`ping ${count}`)));
  }, 1_000);
  // Whichever way the connection ends: "close" comes last, and always.
  socket.on("close", () => clearInterval(timer));
});
