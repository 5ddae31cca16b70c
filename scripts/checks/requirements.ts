/** What a complete implementation must do, by the place that demands it. */
export type Requirement = {
  /** Where it is written: an RFC and its section, or whose demand it is. */
  source: string;
  /** The demand, in one sentence. */
  text: string;
  /** The slug of the step that meets it, written or planned. Without one it is background. */
  step?: string;
  /**
   * What no byte on the wire can show, such as memory, is proven by a test of modules instead:
   * the slug of its step and the file, `closing-handshake/memory.slow.test.ts`.
   */
  testedBy?: string;
};

/** The rows of the table. They are here once: the map and the messages of the checks come from it. */
const table = {
  // R: the protocol, RFC 6455 up to R28 and RFC 7692 from R29 on.
  R1: { source: "RFC 6455, section 4.2.1", step: "refusals", text: "The method of the handshake is GET." },
  R2: { source: "RFC 6455, section 4.2.1", step: "refusals", text: "The handshake uses HTTP 1.1 or higher." },
  R3: {
    source: "RFC 6455, section 4.2.1; RFC 9112, section 3.2",
    step: "refusals",
    text: "The handshake has exactly one Host header, and it is not empty.",
  },
  R4: { source: "the course", step: "refusals", text: "A handshake has no body; otherwise its body would be read as frames." },
  R5: {
    source: "RFC 6455, section 4.2.1",
    step: "refusals",
    text: "Upgrade is websocket and Connection lists upgrade, in any case of letters.",
  },
  R6: {
    source: "RFC 6455, section 4.2.1; RFC 4648, section 3.5",
    step: "refusals",
    text: "Exactly one Sec-WebSocket-Key: 16 bytes in base64.",
  },
  R7: {
    source: "RFC 6455, sections 4.2.2 and 4.4",
    step: "refusals",
    text: "Sec-WebSocket-Version is 13; any other gets a 426 that names 13.",
  },
  R8: {
    source: "RFC 6455, sections 4.2.2 and 10.2",
    step: "refusals",
    text: "Origin, path and authorisation are the server's to refuse.",
  },
  R9: {
    source: "RFC 6455, sections 4.1, 4.2.2 and 4.3",
    step: "websocket-server",
    text: "The subprotocols offered are distinct tokens; the answer is one of them, or the header is left out.",
  },
  R10: {
    source: "RFC 6455, sections 4.2.2 and 9.1",
    step: "compression",
    text: "The list of extensions is read by its grammar, quoted strings too, and answered only with what was offered.",
  },
  R11: {
    source: "RFC 6455, section 4.2.2",
    step: "accept-key",
    text: "The answer is 101 with Upgrade, Connection and Sec-WebSocket-Accept.",
  },
  R12: {
    source: "RFC 6455, section 5.2",
    step: "protocol-errors",
    text: "A reserved bit that no extension claims, or a reserved opcode, fails the connection.",
  },
  R13: {
    source: "RFC 6455, sections 5.1 and 5.3",
    step: "protocol-errors",
    text: "Frames from a client are masked, byte i of the payload with byte i MOD 4 of the key; frames from a server are not. The wrong kind fails the connection.",
  },
  R14: {
    source: "RFC 6455, section 5.2",
    step: "protocol-errors",
    text: "A length takes the shortest of its three forms, and the top bit of the longest is 0.",
  },
  R15: {
    source: "RFC 6455, sections 7.4.1 and 10.4",
    step: "protocol-errors",
    text: "A message over the limit gets 1009 as soon as a header shows it, before any of it is stored.",
  },
  R16: {
    source: "RFC 6455, section 5.5",
    step: "protocol-errors",
    text: "A control frame is a single frame with at most 125 bytes of payload.",
  },
  R17: {
    source: "RFC 6455, section 5.4",
    step: "protocol-errors",
    text: "A continuation needs a message that has begun, and no other message may begin inside one.",
  },
  R18: {
    source: "RFC 6455, section 5.4",
    step: "fragmentation",
    text: "Control frames between two fragments are handled at once, and a fragment may be empty.",
  },
  R19: {
    source: "RFC 6455, sections 5.6 and 8.1",
    step: "utf8",
    text: "Text is UTF-8 as a whole message, wherever frames split it, and anything else gets 1007 at the bad byte.",
  },
  R20: {
    source: "RFC 6455, sections 5.5.2 and 5.5.3",
    step: "closing-handshake",
    text: "Each Ping gets a Pong with its payload until a Close has come; a Pong that nobody asked for is ignored.",
  },
  R21: {
    source: "RFC 6455, sections 5.5 and 5.5.1",
    step: "closing-handshake",
    text: "The body of a Close is empty, or two bytes of code and a reason of at most 123 bytes of UTF-8.",
  },
  R22: {
    source: "RFC 6455, sections 7.4.1, 7.4.2 and 11.7",
    step: "closing-handshake",
    text: "Only some codes may be sent: 1000-1003, 1007-1014 and 3000-4999; any other is a protocol error.",
  },
  R23: {
    source: "RFC 6455, section 5.5.1",
    step: "closing-handshake",
    text: "A Close is answered with a Close of the same code, at once and only once.",
  },
  R24: {
    source: "RFC 6455, section 5.5.1",
    step: "closing-handshake",
    text: "After our Close we send no more data.",
  },
  R25: {
    source: "RFC 6455, sections 5.5.1 and 7.1.1",
    step: "closing-handshake",
    text: "When both Closes are exchanged, the server ends TCP first, and a timer stands behind it.",
  },
  R26: {
    source: "RFC 6455, section 7.1.7",
    step: "protocol-errors",
    text: "Once the connection has failed, nothing that still comes is looked at.",
  },
  R27: {
    source: "RFC 6455, sections 7.1.5 and 7.4.1",
    step: "closing-handshake",
    text: "A Close without a code is reported as 1005, an end without Close as 1006; neither is ever sent.",
  },
  R28: {
    source: "RFC 6455, sections 4.1 and 5.3",
    step: "client",
    text: "A client masks each frame with a fresh random key, and verifies accept value, subprotocol and extensions.",
  },
  R29: {
    source: "RFC 7692, section 7",
    step: "compression",
    text: "An offer of compression with an unknown, repeated or invalid parameter is declined, and the next one tried.",
  },
  R30: {
    source: "RFC 7692, section 7.1.1.1",
    step: "compression",
    text: "An accepted server_no_context_takeover stands in the answer too, and is obeyed.",
  },
  R31: {
    source: "RFC 7692, section 7.1.2.1",
    step: "compression",
    text: "server_max_window_bits is 8 to 15 without a leading zero; the answer is no more, and is obeyed.",
  },
  R32: {
    source: "RFC 7692, section 7.1.2.2",
    step: "compression",
    text: "client_max_window_bits stands in the answer only if the client has offered it.",
  },
  R33: {
    source: "RFC 7692, section 7.1.2.1; Node",
    step: "compression",
    text: "A window of 8 bits is accepted, though zlib quietly takes 9.",
  },
  R34: {
    source: "RFC 7692, sections 6 to 6.2",
    step: "compression",
    text: "RSV1 marks only the first frame of a compressed data message, and messages without it are read as they are.",
  },
  R35: {
    source: "RFC 7692, sections 7.2.1 and 7.2.2",
    step: "compression",
    text: "The four bytes that end a flush are not sent, and the receiver adds them; a broken stream gets 1007.",
  },
  R36: {
    source: "RFC 7692, sections 7.2.1, 7.2.3.4 and 7.2.3.6",
    step: "compression",
    text: "An empty message and a block that calls itself final are legal, and what follows can be read.",
  },
  R37: {
    source: "RFC 7692, sections 7.1.1, 7.2.1 and 7.2.2",
    step: "compression",
    text: "The window is kept from message to message unless that was declined, and fragments are inflated as one.",
  },
  R38: {
    source: "RFC 6455, sections 8.1 and 10.4; RFC 7692, section 6.2",
    step: "compression",
    text: "The limit counts what comes out of the inflater, while it comes, and UTF-8 is checked on that.",
  },

  // S: reliability and security, ours to decide.
  S1: { source: "the course", step: "heartbeat-and-shutdown", text: "A handshake that is not done in 10 s is given up." },
  S2: { source: "the course", step: "protocol-errors", text: "The largest message is an option, 1 MiB by default." },
  S3: {
    source: "the course; CVE-2026-48779, CVE-2026-12151",
    step: "protocol-errors",
    testedBy: "closing-handshake/memory.slow.test.ts",
    text: "Any number of tiny fragments costs no more memory than twice their payload; empty ones cost none.",
  },
  S4: { source: "the course", step: "byte-stream", testedBy: "closing-handshake/memory.slow.test.ts", text: "Between two chunks a connection keeps a header and the payload so far." },
  S5: { source: "the course", step: "protocol-errors", testedBy: "closing-handshake/memory.slow.test.ts", text: "A length that is only declared reserves nothing." },
  S6: { source: "the course", step: "backpressure", text: "A slow reader is noticed by the sender, and dropped at a hard limit." },
  S7: { source: "the course", step: "backpressure", text: "Who floods us with pings and reads no pong is no longer read either." },
  S8: { source: "the course", step: "backpressure", text: "A slow application can pause a connection and resume it." },
  S9: { source: "the course", step: "heartbeat-and-shutdown", text: "A peer that misses a ping of every 30 s is terminated." },
  S10: { source: "the course", step: "closing-handshake", text: "A Close that nobody answers ends the connection after 10 s." },
  S11: { source: "the course", step: "closing-handshake", text: "A peer that ends TCP without a Close is gone at once, with 1006." },
  S12: {
    source: "the course; CVE-2021-32640, CVE-2024-37890",
    step: "websocket-server",
    text: "Lists in headers are scanned in one pass, however long and odd they are.",
  },
  S13: { source: "the course", step: "refusals", text: "By default only pages of the same host and of a list may connect." },
  S14: { source: "the course", step: "compression", text: "A decompression bomb gets 1009 while it is inflated; compression is off by default." },
  S15: { source: "the course; CVE-2026-45736", step: "closing-handshake", testedBy: "closing-handshake/protocol.test.ts", text: "No byte of memory is sent that was not written first." },
  S16: { source: "the course", step: "refusals", text: "A socket that fails before the upgrade is done harms nobody else." },
  S17: { source: "the course", step: "byte-stream", text: "Bytes that come together with the request are read as frames." },
  S18: {
    source: "the course",
    step: "heartbeat-and-shutdown",
    text: "A shutdown says 1001 to all, waits for a while and then terminates; new clients get a 503.",
  },
  S19: { source: "the course", step: "protocol-errors", text: "A 64-bit length does not overflow, whatever its value." },
  S20: { source: "the course", step: "compression", text: "No value of a window parameter makes the server throw." },
  S21: { source: "the course", step: "protocol-errors", text: "The limit counts the message, not each of its fragments." },
  S22: { source: "the course", step: "fragmentation", text: "What is counted for a message begins anew with the next." },

  // N: the traps that Node sets for a server written on node:http and node:zlib.
  N1: { source: "Node", step: "refusals", text: "The upgrade event fires for any method, HTTP version and protocol." },
  N2: { source: "Node", step: "refusals", text: "The upgraded socket has no error listener, so a reset ends the process." },
  N3: { source: "Node", step: "refusals", text: "An upgrade request with a body reaches the upgrade event." },
  N4: { source: "Node", step: "refusals", text: "With very many headers, older versions drop some without a word." },
  N5: { source: "Node", step: "refusals", text: "Repeated headers are joined, and of several Host headers only the first is kept." },
  N6: { source: "Node", text: "From 24.9 on, shouldUpgradeCallback decides before the upgrade event." },
  N7: { source: "Node", step: "heartbeat-and-shutdown", text: "Closing the HTTP server leaves upgraded sockets open, and waits for them for ever." },
  N8: { source: "Node", step: "switching-protocols", text: "The peer's FIN is an end event and no more: the socket stays until we end it." },
  N9: { source: "Node", step: "speed", text: "cork and uncork around one chunk send all its answers in one write." },
  N10: { source: "Node", step: "byte-stream", text: "A frame may begin in one chunk and end in another; a part may be unmasked in place, but a slice that is kept holds its whole chunk." },
  N11: { source: "Node", step: "byte-stream", text: "A chunk may hold many frames, and a frame may take many chunks; joining the old buffer to every chunk takes quadratic time." },
  N12: { source: "Node", step: "speed", text: "How a mask is applied decides the speed: whole words beat single bytes from 64 bytes on." },
  N13: { source: "Node", step: "utf8", text: "A fatal TextDecoder with stream: true throws at the very byte that is wrong." },
  N14: { source: "Node", step: "compression", text: "The synchronous calls of zlib keep no window, but they take one as their dictionary." },
  N15: { source: "Node", step: "closing-handshake", testedBy: "closing-handshake/protocol.test.ts", text: "A handler may call close() while we are still receiving." },
  N16: { source: "Node", text: "From 22 on, Node has a WebSocket client of its own: a free peer for tests." },

  // C: what the course itself promises.
  C1: { source: "the course", text: "The server prints what the lesson says that it prints." },
  C2: { source: "the course", text: "The server stays up, whatever its clients do." },
  C3: { source: "the course", text: "What the step shows on purpose before a later step puts it right." },
} as const satisfies Record<string, Requirement>;

/** The name of a requirement, such as `R6`. */
export type RequirementId = keyof typeof table;

/**
 * The requirements that checks can name. `R` counts the rows of the protocol, `S` what reliability
 * and security want, `N` the traps that Node sets, `C` what the course itself promises. An id is
 * never given to another requirement.
 */
export const requirements: Readonly<Record<RequirementId, Requirement>> = table;
