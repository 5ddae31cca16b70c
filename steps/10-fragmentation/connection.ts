import type { Duplex } from "node:stream";
import { isControl, Opcode } from "./constants.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { encodeFrame, type FrameHeader } from "./frame.ts";
import { MessageAssembler } from "./message-assembler.ts";

/** What the application hears. */
export type ConnectionHandler = {
  /** A message has come. */
  onMessage(data: Buffer, isBinary: boolean): void;
};

/** One WebSocket connection, after its handshake. */
export class Connection implements FrameSink {
  #socket: Duplex;
  #handler: ConnectionHandler;
  #parser = new FrameParser();
  #message = new MessageAssembler();
  /** The payload of the control frame that is being received. */
  #control = Buffer.alloc(0);

  constructor(socket: Duplex, handler: ConnectionHandler) {
    this.#socket = socket;
    this.#handler = handler;
    socket.on("data", (chunk) => this.receive(chunk));
    socket.on("end", () => socket.end());
  }

  /** Takes bytes from the client: those of the socket, and before them the `head` of the upgrade. */
  receive(chunk: Buffer): void {
    this.#parser.push(chunk, this);
  }

  /** Sends a message: text, or bytes if `isBinary`. */
  send(data: Buffer, isBinary: boolean): void {
    this.#sendFrame(isBinary ? Opcode.Binary : Opcode.Text, data);
  }

  onHeader(header: FrameHeader): void {
    if (isControl(header.opcode)) this.#control = Buffer.alloc(0);
    else if (header.opcode !== Opcode.Continuation) this.#message.start(header.opcode);
  }

  onPayload(header: FrameHeader, part: Buffer): void {
    // A copy: a slice that we kept would keep its whole chunk.
    if (isControl(header.opcode)) this.#control = Buffer.concat([this.#control, part]);
    else this.#message.append(part);
  }

  onFrameEnd(header: FrameHeader): void {
    if (isControl(header.opcode)) this.#onControlFrame(header.opcode, this.#control);
    else if (header.fin) this.#onMessage();
  }

  #onMessage(): void {
    const isBinary = this.#message.opcode === Opcode.Binary;
    this.#handler.onMessage(this.#message.finish(), isBinary);
  }

  #onControlFrame(opcode: number, payload: Buffer): void {
    switch (opcode) {
      case Opcode.Ping:
        this.#sendFrame(Opcode.Pong, payload);
        break;
      case Opcode.Close:
        // The answer repeats the status code, which is the first two bytes.
        this.#sendFrame(Opcode.Close, payload.subarray(0, 2));
        this.#socket.end();
        break;
    }
  }

  #sendFrame(opcode: number, payload: Buffer): void {
    this.#socket.write(encodeFrame(opcode, payload));
  }
}
