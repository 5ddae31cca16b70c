import { Opcode } from "./constants.ts";
import { toBuffer, type Data } from "./data.ts";
import { encodeFrame } from "./frame.ts";

/** A message for many receivers: its frame is made once, and `send` of each takes the same bytes. */
export class PreparedMessage {
  readonly frame: Buffer;
  readonly isBinary: boolean;
  /** The frame's own payload, not another copy. */
  readonly payload: Buffer;

  /** Throws a `TypeError` if the data is nothing that has bytes. */
  constructor(data: Data, binary?: boolean) {
    const bytes = toBuffer(data);
    this.isBinary = binary ?? !(typeof data === "string" || typeof data === "number");
    this.frame = encodeFrame(this.isBinary ? Opcode.Binary : Opcode.Text, bytes);
    this.payload = this.frame.subarray(this.frame.length - bytes.length);
  }
}
