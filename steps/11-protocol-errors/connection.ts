import type { Duplex } from "node:stream";
import { isControl, Opcode } from "./constants.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { checkHeader, encodeFrame, type FrameHeader } from "./frame.ts";
import { MessageAssembler } from "./message-assembler.ts";
import { ProtocolError } from "./protocol-error.ts";

/** What the application hears. */
export type ConnectionHandler = {
  /** A message has come. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** The client has broken a rule. It has been told so, and nothing more will come. */
  onError(error: ProtocolError): void;
};

export type ConnectionOptions = {
  /** The most bytes that a message may have. */
  maxPayload: number;
};

/** One WebSocket connection, after its handshake. */
export class Connection implements FrameSink {
  #socket: Duplex;
  #handler: ConnectionHandler;
  #parser = new FrameParser();
  #message: MessageAssembler;
  /** The payload of the control frame that is being received. */
  #control = Buffer.alloc(0);
  /** We have sent a Close frame and our FIN. */
  #ended = false;

  constructor(socket: Duplex, handler: ConnectionHandler, { maxPayload }: ConnectionOptions) {
    this.#socket = socket;
    this.#handler = handler;
    this.#message = new MessageAssembler(maxPayload);
    socket.on("data", (chunk) => this.receive(chunk));
    socket.on("end", () => socket.end());
  }

  /** Takes bytes from the client: those of the socket, and before them the `head` of the upgrade. */
  receive(chunk: Buffer): void {
    try {
      this.#parser.push(chunk, this);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error);
    }
  }

  /** Sends a message: text, or bytes if `isBinary`. Does nothing once the connection has ended. */
  send(data: Buffer, isBinary: boolean): void {
    if (this.#ended) return;
    this.#sendFrame(isBinary ? Opcode.Binary : Opcode.Text, data);
  }

  onHeader(header: FrameHeader): void {
    checkHeader(header);
    if (isControl(header.opcode)) this.#control = Buffer.alloc(0);
    else this.#message.startFrame(header);
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
        this.#end(payload.subarray(0, 2));
        break;
    }
  }

  /** Fails the connection: says why, and processes nothing more. RFC 6455, section 7.1.7. */
  #fail(error: ProtocolError): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(error.code);
    this.#end(payload);
    this.#handler.onError(error);
  }

  /** Our last frame, and our FIN. */
  #end(closePayload: Buffer): void {
    this.#sendFrame(Opcode.Close, closePayload);
    this.#socket.end();
    this.#ended = true;
    this.#parser.stop();
  }

  #sendFrame(opcode: number, payload: Buffer): void {
    this.#socket.write(encodeFrame(opcode, payload));
  }
}
