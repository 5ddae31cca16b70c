/** The peer has broken a rule: the connection fails with this close code. RFC 6455, section 7.1.7. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
