import { CloseCode, isControl, isValidCloseCode, Opcode } from "../../constants.ts";
import { FrameParser, type FrameSink } from "../../frame-parser.ts";
import { checkHeader, encodeFrame, type FrameHeader } from "../../frame.ts";
import { MessageAssembler } from "../../message-assembler.ts";
import { ProtocolError } from "../../protocol-error.ts";
import type { ProtocolHandler, ProtocolOptions, ProtocolState } from "../../protocol.ts";
import { Utf8Checker } from "../../utf8.ts";

/**
 * The protocol of this step with its parts laid open, so that a mistake can replace one of them and
 * show little else. Nothing is wrong in here.
 */
export class OpenProtocol implements FrameSink {
  handler: ProtocolHandler;
  parser = new FrameParser();
  message: MessageAssembler;
  control: Buffer[] = [];
  state: ProtocolState = "open";
  closeCode: number = CloseCode.Abnormal;
  closeReason = "";

  constructor(handler: ProtocolHandler, { maxPayload }: ProtocolOptions) {
    this.handler = handler;
    this.message = new MessageAssembler(maxPayload);
  }

  receive(chunk: Buffer): void {
    try {
      this.parser.push(chunk, this);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail(error);
    }
  }

  receiveEnd(): void {
    if (this.state !== "closed") this.end();
  }

  send(data: Buffer, isBinary: boolean): boolean {
    if (this.state !== "open") return false;
    this.sendFrame(isBinary ? Opcode.Binary : Opcode.Text, data);
    return true;
  }

  close(code: number, reason = ""): void {
    this.sendClose(code, Buffer.from(reason));
  }

  onHeader(header: FrameHeader): void {
    checkHeader(header);
    if (isControl(header.opcode)) this.control = [];
    else this.message.startFrame(header);
  }

  onPayload(header: FrameHeader, part: Buffer): void {
    if (isControl(header.opcode)) this.control.push(part);
    else this.message.append(part);
  }

  onFrameEnd(header: FrameHeader): void {
    if (header.opcode === Opcode.Ping) this.sendFrame(Opcode.Pong, Buffer.concat(this.control));
    else if (header.opcode === Opcode.Close) this.onClose(Buffer.concat(this.control));
    else if (!isControl(header.opcode) && header.fin) this.onMessage();
  }

  onMessage(): void {
    const isBinary = this.message.opcode === Opcode.Binary;
    this.handler.onMessage(this.message.finish(), isBinary);
  }

  onClose(payload: Buffer): void {
    this.checkClose(payload);
    this.closeCode = payload.length < 2 ? CloseCode.NoStatus : payload.readUInt16BE(0);
    this.closeReason = payload.subarray(2).toString();
    this.answerClose();
  }

  /** Throws a `ProtocolError` if a Close frame must not have this payload. */
  checkClose(payload: Buffer): void {
    if (payload.length === 1) {
      throw new ProtocolError(CloseCode.ProtocolError, "A close code has two bytes");
    }
    if (payload.length > 0 && !isValidCloseCode(payload.readUInt16BE(0))) {
      throw new ProtocolError(CloseCode.ProtocolError, "This code must not be sent");
    }
    const checker = new Utf8Checker();
    checker.push(payload.subarray(2));
    checker.end();
  }

  /** The peer's Close frame has come, and `closeCode` is set. */
  answerClose(): void {
    this.sendClose(this.closeCode);
    this.end();
  }

  fail(error: ProtocolError): void {
    this.sendClose(error.code);
    this.end();
    this.handler.onError(error);
  }

  sendClose(code: number, reason: Buffer = Buffer.alloc(0)): void {
    if (this.state !== "open") return;
    this.state = "closing";
    this.sendCloseFrame(code, reason);
  }

  sendCloseFrame(code: number, reason: Buffer): void {
    const status = Buffer.alloc(code === CloseCode.NoStatus ? 0 : 2);
    if (status.length > 0) status.writeUInt16BE(code);
    this.sendFrame(Opcode.Close, Buffer.concat([status, reason]));
  }

  end(): void {
    this.state = "closed";
    this.parser.stop();
    this.handler.onEnd();
  }

  sendFrame(opcode: number, payload: Buffer): void {
    this.handler.onBytes(encodeFrame(opcode, payload));
  }
}
