/** What a frame is. RFC 6455, section 5.2. */
export const Opcode = {
  Continuation: 0x0,
  Text: 0x1,
  Binary: 0x2,
  Close: 0x8,
  Ping: 0x9,
  Pong: 0xa,
} as const;

/** The reserved bits of a frame that we know, as `FrameHeader.rsv` has them. RFC 7692, section 6. */
export const Rsv = {
  /** The first frame of a compressed message. */
  Compressed: 0b100,
} as const;

/** Why a connection ends. RFC 6455, section 7.4.1. */
export const CloseCode = {
  Normal: 1000,
  GoingAway: 1001,
  ProtocolError: 1002,
  /** Reported when a Close frame came without a code; never sent. */
  NoStatus: 1005,
  /** Reported when the connection ended without a Close frame; never sent. */
  Abnormal: 1006,
  InvalidPayload: 1007,
  MessageTooBig: 1009,
} as const;

/** Whether frames with this opcode are control frames, which may come between others. */
export function isControl(opcode: number): boolean {
  return opcode >= 0x8;
}

/** A bit for each opcode that there is. */
const KNOWN_OPCODES = Object.values<number>(Opcode).reduce((bits, opcode) => bits | (1 << opcode), 0);

/** Whether the RFC gives this opcode a meaning. */
export function isKnownOpcode(opcode: number): boolean {
  return (KNOWN_OPCODES & (1 << opcode)) !== 0;
}

/** Whether a Close frame may carry this code: registered ones, and 3000 to 4999 for everyone. */
export function isValidCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (
    (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
  );
}
