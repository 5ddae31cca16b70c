import type { Duplex } from "node:stream";
import { Opcode } from "./constants.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { encodeFrame, type FrameHeader } from "./frame.ts";

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
  #parts: Buffer[] = [];

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

  onHeader(): void {
    this.#parts = [];
  }

  onPayload(header: FrameHeader, part: Buffer): void {
    this.#parts.push(part);
  }

  onFrameEnd({ opcode }: FrameHeader): void {
    const payload = Buffer.concat(this.#parts);
    switch (opcode) {
      case Opcode.Text:
      case Opcode.Binary:
        this.#handler.onMessage(payload, opcode === Opcode.Binary);
        break;
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
