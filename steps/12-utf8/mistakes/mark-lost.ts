// Mistake: Without `ignoreBOM`, the decoder takes a byte order mark out of the text.
// Caught by: takes every kind of code point
// Says: The text frame came, but its payload is wrong: byte 0 is 77 (01110111), expected ef (11101111).

import { Opcode } from "../constants.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  protected override finish(message: Buffer): Buffer {
    super.finish(message);
    if (this.opcode === Opcode.Binary) return message;
    return Buffer.from(new TextDecoder("utf-8", { fatal: true }).decode(message));
  }
}

serve((socket) => new Mistake(socket));
