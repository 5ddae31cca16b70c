/** What a complete implementation must do, by the place that demands it. */
export type Requirement = {
  /** Where it is written: an RFC and its section, or whose demand it is. */
  source: string;
  /** The demand, in one sentence. */
  text: string;
};

/**
 * The requirements that checks can name. `R` counts the rows of the protocol, `N` the traps that
 * Node sets for a server written on `node:http`, `C` what the course itself promises.
 */
export const requirements = {
  R1: { source: "RFC 6455, section 4.2.1", text: "The method of the handshake is GET." },
  R2: { source: "RFC 6455, section 4.2.1", text: "The handshake uses HTTP 1.1 or higher." },
  R3: { source: "RFC 6455, section 4.2.1", text: "The handshake has exactly one Host header, and it is not empty." },
  R4: { source: "the course", text: "A handshake has no body; otherwise its body would be read as frames." },
  R5: { source: "RFC 6455, section 4.2.1", text: "Upgrade is websocket and Connection lists upgrade, in any case of letters." },
  R6: { source: "RFC 6455, section 4.2.1", text: "Exactly one Sec-WebSocket-Key: 16 bytes in base64." },
  R7: { source: "RFC 6455, sections 4.2.2 and 4.4", text: "Sec-WebSocket-Version is 13; any other gets a 426 that names 13." },
  R8: { source: "RFC 6455, sections 4.2.2 and 10.2", text: "Origin, path and authorisation are the server's to refuse." },
  R11: { source: "RFC 6455, section 4.2.2", text: "The answer is 101 with Upgrade, Connection and Sec-WebSocket-Accept." },
  N1: { source: "Node", text: "The upgrade event fires for any method, HTTP version and protocol." },
  N2: { source: "Node", text: "The upgraded socket has no error listener, so a reset ends the process." },
  N3: { source: "Node", text: "An upgrade request with a body reaches the upgrade event." },
  N4: { source: "Node", text: "With very many headers, older versions drop some without a word." },
  N5: { source: "Node", text: "Repeated headers are joined, and of several Host headers only the first is kept." },
  C1: { source: "the course", text: "The server prints what the lesson says that it prints." },
  C2: { source: "the course", text: "The server stays up, whatever its clients do." },
  C3: { source: "the course", text: "What the step shows on purpose before a later step puts it right." },
} as const satisfies Record<string, Requirement>;

/** The name of a requirement, such as `R6`. */
export type RequirementId = keyof typeof requirements;
