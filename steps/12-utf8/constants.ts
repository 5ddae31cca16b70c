/** What a frame is. RFC 6455, section 5.2. */
export const Opcode = {
  Continuation: 0x0,
  Text: 0x1,
  Binary: 0x2,
  Close: 0x8,
  Ping: 0x9,
  Pong: 0xa,
} as const;

/** Why a connection ends. RFC 6455, section 7.4.1. */
export const CloseCode = {
  ProtocolError: 1002,
  InvalidPayload: 1007,
  MessageTooBig: 1009,
} as const;

/** Whether frames with this opcode are control frames, which may come between others. */
export function isControl(opcode: number): boolean {
  return opcode >= 0x8;
}

/** Whether the RFC gives this opcode a meaning. */
export function isKnownOpcode(opcode: number): boolean {
  return Object.values<number>(Opcode).includes(opcode);
}
