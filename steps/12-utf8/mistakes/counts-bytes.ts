// Mistake: A checker of one's own counts continuation bytes, and lets overlong forms pass.
// Caught by: refuses a text with the bytes c0af with 1007
// Says: Expected a close frame with code 1007 (an overlong slash: two bytes for what fits into one), but a text frame came, with the payload c0 af.

import { Opcode } from "../constants.ts";
import { EchoConnection } from "./lib/echo-connection.ts";
import { serve } from "./lib/serve.ts";

class Mistake extends EchoConnection {
  #open = 0;

  protected override begin(): void {
    this.#open = 0;
  }

  protected override look(part: Buffer): void {
    if (this.opcode !== Opcode.Text) return;
    for (const byte of part) {
      const isContinuation = byte >> 6 === 0b10;
      if (isContinuation !== this.#open > 0) this.refuse();
      if (isContinuation) this.#open--;
      else if (byte >> 7 === 0) this.#open = 0;
      else if (byte >> 5 === 0b110) this.#open = 1;
      else if (byte >> 4 === 0b1110) this.#open = 2;
      else if (byte >> 3 === 0b11110) this.#open = 3;
      else this.refuse();
    }
  }

  protected override finish(message: Buffer): Buffer {
    if (this.#open > 0) this.refuse();
    return message;
  }
}

serve((socket) => new Mistake(socket));
