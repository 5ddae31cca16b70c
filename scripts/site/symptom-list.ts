import type { Searchable, Voice, Wording } from "./symptoms-match.ts";

/** A message that people see, why, and where the course explains it. */
export interface Symptom extends Searchable {
  /** The step that explains it, by slug, and the heading there. */
  step: string;
  section: string;
}

export interface SymptomGroup {
  title: string;
  symptoms: Symptom[];
}

const FAILED = "WebSocket connection to '<url>' failed: ";
const HANDSHAKE = `${FAILED}Error during WebSocket handshake: `;
const ESTABLISH = "Firefox can’t establish a connection to the server at <url>.";
const INTERRUPTED = "The connection to <url> was interrupted while the page was loading.";
const NO_101 = "Error: Received network error or non-101 status code.";
const ILLEGAL_STRING = "SyntaxError: An invalid or illegal string was specified";

type Says = Partial<Record<Voice, string | string[]>>;

function symptom(id: string, title: string, says: Says, cause: string, where: string): Symptom {
  const wordings = Object.entries(says).flatMap(([by, texts]) =>
    [texts].flat().map((text): Wording => ({ by: by as Voice, text })),
  );
  const [step = "", section = ""] = where.split("#");
  return { id, title, says: wordings, cause, step, section };
}

/** An answer other than 101. */
function status(code: string, title: string, cause: string, where: string): Symptom {
  return symptom(
    `status-${code}`,
    title,
    {
      Chromium: `${HANDSHAKE}Unexpected response code: ${code}`,
      Firefox: ESTABLISH,
      Node: NO_101,
      ws: `Error: Unexpected server response: ${code}`,
    },
    cause,
    where,
  );
}

/**
 * Every message here was collected from the program that prints it; the tests provoke each again.
 * Causes are Markdown. Within a group the commonest stand first: equal finds are shown in this order.
 */
export const symptomGroups: SymptomGroup[] = [
  {
    title: "No connection",
    symptoms: [
      symptom(
        "refused",
        "Nobody listens there",
        {
          Chromium: `${FAILED}Error in connection establishment: net::ERR_CONNECTION_REFUSED`,
          Firefox: ESTABLISH,
          Node: "Error: connect ECONNREFUSED <address>",
          ws: "Error: connect ECONNREFUSED <address>",
          curl: "curl: (7) Failed to connect to <host> port <port> after <n> ms: Couldn't connect to server",
        },
        "The server is not running, or it listens on another port or address than the URL says. Look at the line that it prints at its start. A server on `127.0.0.1` is not reached as `[::1]`.",
        "upgrade-listener#The change",
      ),
      symptom(
        "hangs",
        "It stays in CONNECTING",
        { curl: "curl: (28) Operation timed out after <n> milliseconds with 0 bytes received" },
        "The TCP connection is there, but nobody answers the request: `readyState` stays 0, and no event fires. In Node, an `upgrade` listener that writes nothing does it, and so does a proxy that does not pass the answer on.",
        "upgrade-listener#What is still wrong",
      ),
      symptom(
        "busy",
        "The port is taken",
        { Node: "Error: listen EADDRINUSE: address already in use <address>" },
        "Another program listens on this port already, and most often it is an earlier run of the same server. Stop it, or choose another port.",
        "upgrade-listener#Run it",
      ),
      symptom(
        "hangs-up",
        "The server hangs up without an answer",
        {
          Chromium: [`${FAILED}Connection closed before receiving a handshake response`, `${HANDSHAKE}net::ERR_CONNECTION_CLOSED`],
          Firefox: ESTABLISH,
          Node: ["Error: socket hang up", NO_101],
          ws: "Error: socket hang up",
          curl: "curl: (52) Empty reply from server",
        },
        "The connection ended before the answer was complete. A server that crashes in its `upgrade` listener does it, and one that calls `end()` there too early. An empty line must end the answer's head.",
        "switching-protocols#The change",
      ),
      symptom(
        "reset",
        "The connection is reset",
        {
          Chromium: `${HANDSHAKE}net::ERR_CONNECTION_RESET`,
          Firefox: [ESTABLISH, INTERRUPTED],
          Node: "Error: read ECONNRESET",
          ws: "Error: read ECONNRESET",
          curl: "curl: (56) Recv failure: Connection reset by peer",
        },
        "The other side threw the TCP connection away while bytes were on their way. In a server it happens when a browser hangs up; without an `error` listener on the socket it ends the whole program.",
        "refusals#The server says it",
      ),
      symptom(
        "tls-to-plain",
        "wss to a server that speaks ws",
        { Chromium: `${FAILED}Error in connection establishment: net::ERR_SSL_PROTOCOL_ERROR`, Firefox: ESTABLISH, CloseEvent: "code: 1015" },
        "The page asks for TLS (`wss:`), the server answers in plain text. Use `ws:` here, or put a TLS server or a proxy in front. Firefox closes with 1015, a code that never stands in a frame.",
        "closing-handshake#The codes",
      ),
      symptom(
        "unsafe-port",
        "A port that browsers block",
        { Chromium: `${FAILED}Error in connection establishment: net::ERR_UNSAFE_PORT`, Firefox: ESTABLISH },
        "Browsers refuse to talk to the ports of other protocols, such as 25 for mail, so that no page can write to them. Choose another port, such as 8000.",
        "refusals#The attack",
      ),
      symptom(
        "mixed-content",
        "ws from a page that came by https",
        {
          Chromium: [
            "Mixed Content: The page at '<url>' was loaded over HTTPS, but attempted to connect to the insecure WebSocket endpoint '<url>'. This request has been blocked; this endpoint must be available over WSS.",
            "SecurityError: Failed to construct 'WebSocket': An insecure WebSocket connection may not be initiated from a page loaded over HTTPS.",
          ],
          Firefox: "SecurityError: The operation is insecure.",
        },
        "A page that came encrypted may not open an unencrypted connection, except to this machine. Use `wss:`.",
        "refusals#The attack",
      ),
      symptom(
        "policy",
        "The page's own policy forbids it",
        {
          Chromium: `Connecting to '<url>' violates the following Content Security Policy directive: "connect-src <value>". The action has been blocked.`,
          Firefox: [
            "Content-Security-Policy: The page’s settings blocked the loading of a resource (connect-src) at <url> because it violates the following directive: “connect-src <value>”",
            `[Exception... "The load for this content was blocked."`,
          ],
        },
        "The page came with a `Content-Security-Policy` whose `connect-src` does not name the server. Add its origin, such as `ws://localhost:8000`.",
        "refusals#The attack",
      ),
    ],
  },
  {
    title: "The handshake fails",
    symptoms: [
      symptom(
        "no-accept",
        "The accept key is missing",
        {
          Chromium: `${HANDSHAKE}'Sec-WebSocket-Accept' header is missing`,
          Firefox: ESTABLISH,
          Node: "Error: Incorrect hash received in Sec-WebSocket-Accept header.",
          ws: "Error: Invalid Sec-WebSocket-Accept header",
        },
        "The 101 came without `Sec-WebSocket-Accept`. It proves that the server has understood the request, and no client goes on without it.",
        "accept-key#The change",
      ),
      symptom(
        "wrong-accept",
        "The accept key is wrong",
        {
          Chromium: `${HANDSHAKE}Incorrect 'Sec-WebSocket-Accept' header value`,
          Firefox: ESTABLISH,
          Node: "Error: Incorrect hash received in Sec-WebSocket-Accept header.",
          ws: "Error: Invalid Sec-WebSocket-Accept header",
        },
        "It must be the SHA-1 of the key and the GUID put together, in base64. The usual mistakes: the key decoded before hashing, a letter of the GUID mistyped, hex instead of base64, an answer kept from another request.",
        "accept-key#The change",
      ),
      symptom(
        "no-upgrade",
        "Upgrade or Connection is missing in the answer",
        {
          Chromium: [
            `${HANDSHAKE}'Upgrade' header is missing`,
            `${HANDSHAKE}'Upgrade' header value is not 'WebSocket': <value>`,
            `${HANDSHAKE}'Connection' header is missing`,
            `${HANDSHAKE}'Connection' header value must contain 'Upgrade'`,
          ],
          Firefox: ESTABLISH,
          Node: `Error: Server did not set Upgrade header to "websocket".`,
          ws: ["Error: Invalid Upgrade header", "Error: Unexpected server response: 101"],
        },
        "A 101 must say `Upgrade: websocket` and `Connection: Upgrade`. A proxy that does not know WebSocket takes both away: they concern one connection only, and it has to be told to send them on.",
        "switching-protocols#The change",
      ),
      status("200", "An ordinary answer: 200", "The server treats the request as any other: the path belongs to a page, the `upgrade` event has no listener, or a proxy did not pass the `Upgrade` header on.", "upgrade-listener#Why"),
      status("301", "A redirect: 301", "Browsers follow no redirect in a handshake. Connect to the final address; often `https:` or a slash at the end of the path is what the server wants.", "switching-protocols#Why"),
      status("400", "Refused: 400", "The server does not find the request right: the key is missing or no 16 bytes in base64, `Host` is missing, or a proxy has taken headers away.", "refusals#The rules"),
      symptom(
        "status-401",
        "Refused: 401",
        {
          Chromium: `${FAILED}HTTP Authentication failed; no valid credentials available`,
          Firefox: ESTABLISH,
          Node: NO_101,
          ws: "Error: Unexpected server response: 401",
        },
        "The server wants to know who asks. A page cannot set headers for a WebSocket: it can send cookies of the server's host, a token in the URL, or a token in the first message.",
        "refusals#The rules",
      ),
      status("403", "Refused: 403", "Most often the server does not serve pages of this origin: browsers let every page connect everywhere and only say in `Origin` whose page it is; the server decides. A missing login gives 403, too, and so does a proxy or a firewall in between. The body of the answer may tell, which `curl -i` shows and a browser does not.", "refusals#The attack"),
      status("404", "Nothing there: 404", "The server knows no WebSocket at this path. Compare the path of the URL with the one that the server serves.", "refusals#The rules"),
      status("405", "Refused: 405", "The method of a handshake is GET, and nothing else.", "refusals#The rules"),
      status("426", "Refused: 426", "The request asks for no upgrade, or for a version other than 13. The answer names in `Upgrade` and `Sec-WebSocket-Version` what the server wants. Somebody who opens the address in the address bar sees it, too.", "refusals#The rules"),
      symptom(
        "status-5xx",
        "The server or a proxy is in trouble: 500, 502, 503",
        {
          Chromium: ["500", "502", "503"].map((code) => `${HANDSHAKE}Unexpected response code: ${code}`),
          Firefox: ESTABLISH,
          Node: NO_101,
          ws: ["500", "502", "503"].map((code) => `Error: Unexpected server response: ${code}`),
        },
        "500: the server failed while it answered; its log knows more. 502 and 503: a proxy does not reach the server behind it.",
        "refusals#The server says it",
      ),
      symptom(
        "not-http",
        "The answer is not HTTP",
        {
          Chromium: `${HANDSHAKE}net::ERR_INVALID_HTTP_RESPONSE`,
          Firefox: ESTABLISH,
          Node: ["Error: Parse Error: Expected HTTP/, RTSP/ or ICE/", NO_101],
          ws: "Error: Parse Error: Expected HTTP/, RTSP/ or ICE/",
          curl: "curl: (1) Received HTTP/0.9 when not allowed",
        },
        "The first bytes are no status line. Either another protocol lives on this port, or the server writes text or frames before its 101.",
        "switching-protocols#The change",
      ),
      symptom(
        "protocol-missing",
        "The server chose no subprotocol",
        { Chromium: `${HANDSHAKE}Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received`, ws: "Error: Server sent no subprotocol" },
        "The page named subprotocols, and the answer names none. By the RFC that is allowed, and Firefox accepts it; Chromium and `ws` do not. Answer with one of those that were named, or name none in the page.",
        "refusals#The rules",
      ),
      symptom(
        "protocol-mismatch",
        "A subprotocol that nobody asked for",
        {
          Chromium: [
            `${HANDSHAKE}Response must not include 'Sec-WebSocket-Protocol' header if not present in request: <value>`,
            `${HANDSHAKE}'Sec-WebSocket-Protocol' header value '<value>' in response does not match any of sent values`,
            `${HANDSHAKE}'Sec-WebSocket-Protocol' header must not appear more than once in a response`,
          ],
          Firefox: ESTABLISH,
          ws: ["Error: Server sent a subprotocol but none was requested", "Error: Server sent an invalid subprotocol"],
        },
        "The answer may name one subprotocol of those in the request, exactly as it stands there. To send the whole list back is the usual mistake.",
        "refusals#The rules",
      ),
      symptom(
        "extension",
        "An extension that was not offered, or wrongly accepted",
        {
          Chromium: [
            `${HANDSHAKE}Found an unsupported extension '<value>' in 'Sec-WebSocket-Extensions' header`,
            `${HANDSHAKE}Received duplicate permessage-deflate response`,
            `${HANDSHAKE}Error in permessage-deflate: Received invalid server_max_window_bits parameter`,
          ],
          Firefox: ESTABLISH,
          Node: "Error: Sec-WebSocket-Extensions header does not match.",
          ws: ["Error: Server indicated an extension that was not requested", "Error: Invalid Sec-WebSocket-Extensions header"],
        },
        "The server may accept what the client offered, once, with parameters that are allowed. One that knows no extension leaves the header out; to copy it from the request promises a compression that then does not come.",
        "first-frame#A frame, field by field",
      ),
      symptom(
        "firefox-silent",
        "Firefox does not say why",
        { Firefox: ESTABLISH },
        "Firefox has one sentence for every connection that does not open. The Network panel of its tools shows the answer, `curl` shows it, too, and Chromium's console names the reason.",
        "switching-protocols#Run it",
      ),
    ],
  },
  {
    title: "Frames that break a rule",
    symptoms: [
      symptom(
        "invalid-header",
        "Invalid frame header",
        { Chromium: `${FAILED}Invalid frame header`, Firefox: INTERRUPTED },
        "The bytes behind the handshake are no frame. Most often it is bare text written to the socket. Else the length is not in its shortest form, or a control frame is fragmented or longer than 125 bytes.",
        "accept-key#It opens, and breaks",
      ),
      symptom(
        "reserved-bits",
        "A reserved bit is on",
        {
          Chromium: `${FAILED}One or more reserved bits are on: reserved1 = <bit>, reserved2 = <bit>, reserved3 = <bit>`,
          Firefox: INTERRUPTED,
          Node: ["Error: Expected RSV1 to be clear.", "Error: RSV1, RSV2, RSV3 must be clear"],
          ws: ["RangeError: Invalid WebSocket frame: RSV1 must be clear", "RangeError: Invalid WebSocket frame: RSV2 and RSV3 must be clear"],
        },
        "RSV1 to RSV3 are 0 unless an extension gives them a meaning. RSV1 often means a compressed message that was never agreed on; any text that begins with a letter such as `H` (0x48) sets it, too.",
        "protocol-errors#What a header alone gives away",
      ),
      symptom(
        "masked-by-server",
        "A masked frame from the server",
        {
          Chromium: `${FAILED}A server must not mask any frames that it sends to the client.`,
          Node: "Error: Frame cannot be masked",
          ws: "RangeError: Invalid WebSocket frame: MASK must be clear",
        },
        "Only clients mask. A server that sends back what came, mask bit and key included, does it. (Firefox accepts such a frame.)",
        "echo#A server's frame",
      ),
      symptom(
        "not-masked",
        "An unmasked frame from the client",
        { ws: "RangeError: Invalid WebSocket frame: MASK must be set" },
        "Every frame of a client must be masked. Your client sends frames as a server does, or the server began to read in the middle of a frame.",
        "protocol-errors#What a header alone gives away",
      ),
      symptom(
        "reserved-opcode",
        "An opcode that does not exist",
        {
          Chromium: `${FAILED}Unrecognized frame opcode: <opcode>`,
          Firefox: INTERRUPTED,
          Node: "Error: Invalid opcode received",
          ws: "RangeError: Invalid WebSocket frame: invalid opcode <opcode>",
        },
        "Opcodes 3 to 7 and 11 to 15 are reserved. A strange number most often means that the reader lost its place: a length was read wrongly, or a chunk was taken for a frame.",
        "byte-stream#A chunk is not a frame",
      ),
      symptom(
        "control-fragmented",
        "A control frame in pieces",
        {
          Chromium: `${FAILED}Invalid frame header`,
          Firefox: INTERRUPTED,
          Node: "Error: Invalid frame type was fragmented.",
          ws: "RangeError: Invalid WebSocket frame: FIN must be set",
        },
        "Ping, pong and close have FIN 1: control frames may stand between fragments, but are never fragments themselves.",
        "protocol-errors#What a header alone gives away",
      ),
      symptom(
        "control-long",
        "A control frame that is too long",
        {
          Chromium: `${FAILED}Invalid frame header`,
          Firefox: INTERRUPTED,
          Node: "Error: Control frame either too large or fragmented",
          ws: "RangeError: Invalid WebSocket frame: invalid payload length <length>",
        },
        "The payload of ping, pong and close has at most 125 bytes. A long close reason is the usual cause, counted in bytes and with two bytes for the code.",
        "protocol-errors#What a header alone gives away",
      ),
      symptom(
        "length",
        "A length in the wrong form",
        {
          Chromium: `${FAILED}Invalid frame header`,
          Firefox: INTERRUPTED,
          Node: "Error: Received payload length > 2^31 bytes.",
          ws: "RangeError: Unsupported WebSocket frame: payload length > 2^53 - 1",
        },
        "A length stands in the shortest of three forms, and the top bit of the 64-bit form is 0. Browsers refuse a longer form than needed; `ws` and Node's own client accept it. A huge number is a length read at the wrong place, or in the wrong byte order.",
        "payload-lengths#Three ways to write a length",
      ),
      symptom(
        "unexpected-continuation",
        "A continuation of nothing",
        {
          Chromium: `${FAILED}Received unexpected continuation frame.`,
          Firefox: INTERRUPTED,
          Node: "Error: Unexpected continuation frame",
          ws: "RangeError: Invalid WebSocket frame: invalid opcode 0",
        },
        "Opcode 0 continues a message, and none has begun. Only the first fragment carries the opcode 1 or 2, with FIN 0.",
        "fragmentation#A message in pieces",
      ),
      symptom(
        "unfinished-message",
        "A message inside another",
        {
          Chromium: `${FAILED}Received start of new message but previous message is unfinished.`,
          Firefox: INTERRUPTED,
          Node: "Error: Expected continuation frame",
          ws: ["RangeError: Invalid WebSocket frame: invalid opcode 1", "RangeError: Invalid WebSocket frame: invalid opcode 2"],
        },
        "A new text or binary frame came before the last fragment of a message. Between fragments only control frames may stand; two senders that write at once mix their messages like that.",
        "fragmentation#A message in pieces",
      ),
      symptom(
        "utf8",
        "Text that is not UTF-8",
        {
          Chromium: `${FAILED}Could not decode a text frame as UTF-8.`,
          Firefox: INTERRUPTED,
          Node: "Error: Received invalid UTF-8 in text frame.",
          ws: "Error: Invalid WebSocket frame: invalid UTF-8 sequence",
          CloseEvent: "code: 1007",
        },
        "A text message must be UTF-8 as a whole; a character may be cut between two fragments, but not broken. Send bytes that are no text with opcode 2. If it is a server that complains, it closes with 1007.",
        "utf8#What UTF-8 is",
      ),
      symptom(
        "broken-close",
        "A broken close frame",
        {
          Chromium: [
            `${FAILED}Received a broken close frame with an invalid size of 1 byte.`,
            `${FAILED}Received a broken close frame containing a reserved status code.`,
            `${FAILED}Received a broken close frame containing invalid UTF-8.`,
          ],
          Firefox: INTERRUPTED,
          Node: ["Error: Received close frame with a 1-byte body.", "Error: Invalid status code", "Error: Invalid UTF-8"],
          ws: [
            "RangeError: Invalid WebSocket frame: invalid status code <code>",
            "RangeError: Invalid WebSocket frame: invalid payload length 1",
            "Error: Invalid WebSocket frame: invalid UTF-8 sequence",
          ],
        },
        "A close frame is empty, or holds a code of two bytes that may stand there, and a reason in UTF-8. The codes 1005, 1006 and 1015 are for the program only. Firefox is content with a strange code.",
        "closing-handshake#The codes",
      ),
      symptom(
        "too-large",
        "A message beyond the limit",
        { ws: "RangeError: Max payload size exceeded", CloseEvent: "code: 1009" },
        "The message is larger than the receiver takes; it closes with 1009. Send it in parts of your own, or raise the limit (`maxPayload` in `ws`), which is what it may cost you per connection.",
        "protocol-errors#What depends on the message",
      ),
      symptom(
        "firefox-interrupted",
        "Firefox: interrupted",
        { Firefox: INTERRUPTED },
        "Firefox says this of every connection that was open and failed, and it need not be about loading. Either the connection was reset, or a frame broke a rule; Chromium's console tells which.",
        "accept-key#It opens, and breaks",
      ),
    ],
  },
  {
    title: "How it closed",
    symptoms: [
      symptom(
        "1006",
        "1006: no close frame",
        { CloseEvent: "code: 1006" },
        "The connection ended without a close frame, and the code does not say why. Most often the handshake failed; or the network broke, the server crashed or only called `end()`, or the browser found a broken frame. The code never stands in a frame: the browser makes it up, and the reason, if there is one, is in the console.",
        "closing-handshake#The codes",
      ),
      symptom("1000", "1000: all is well", { CloseEvent: "code: 1000" }, "Both sides have said goodbye, and the work is done. If it comes too early, look for a `close()` in the server.", "closing-handshake#Two goodbyes, one hang-up"),
      symptom("1001", "1001: going away", { CloseEvent: "code: 1001" }, "The server shuts down, or the page is left: browsers send 1001 when a tab closes. Reconnect after a pause.", "closing-handshake#The codes"),
      symptom("1002", "1002: protocol error", { CloseEvent: "code: 1002" }, "The other side found a frame that breaks a rule: a reserved bit or opcode, a missing mask, a wrong length, a fragment out of place.", "protocol-errors#What a header alone gives away"),
      symptom("1003", "1003: this kind of data is not taken", { CloseEvent: "code: 1003" }, "The other side takes text only, or binary only.", "closing-handshake#The codes"),
      symptom("1005", "1005: a close frame without a code", { CloseEvent: "code: 1005" }, "The close frame was empty, as `close()` without arguments sends it. That is a clean end; the browser only has no number to report.", "closing-handshake#The codes"),
      symptom("1008", "1008: against the policy", { CloseEvent: "code: 1008" }, "The other side refuses for a reason of its own, which the close event may tell in `reason`: not logged in, too fast, too many.", "closing-handshake#The codes"),
      symptom("1011", "1011: the server failed", { CloseEvent: "code: 1011" }, "The server met an error it did not expect. Its log knows more.", "closing-handshake#The codes"),
      symptom("1012", "1012 or 1013: come back later", { CloseEvent: ["code: 1012", "code: 1013"] }, "The server restarts (1012), or has too much to do (1013). Connect again after a pause that grows.", "closing-handshake#The codes"),
      symptom("application", "3000 to 4999: the application's own code", { CloseEvent: "code: 3000 to 4999" }, "The other side's program chose this code; what it means stands in its documentation. From 4000 on nobody registers them.", "closing-handshake#The codes"),
    ],
  },
  {
    title: "Mistakes in the page",
    symptoms: [
      symptom(
        "still-connecting",
        "send before open",
        {
          Chromium: "InvalidStateError: Failed to execute 'send' on 'WebSocket': Still in CONNECTING state.",
          Firefox: "InvalidStateError: An attempt was made to use an object that is not, or is no longer, usable",
          ws: "Error: WebSocket is not open: readyState 0 (CONNECTING)",
        },
        "The constructor only begins to connect. Send in the `open` listener, or later.",
        "upgrade-listener#Run it",
      ),
      symptom(
        "already-closing",
        "send after close",
        { Chromium: "WebSocket is already in CLOSING or CLOSED state." },
        "Nothing is sent once the closing has begun, and no exception says so: the data is dropped, and only Chromium mentions it. Look at `readyState` before, and stop timers in the `close` listener.",
        "closing-handshake#Two goodbyes, one hang-up",
      ),
      symptom(
        "closed-while-connecting",
        "close before open",
        {
          Chromium: `${FAILED}WebSocket is closed before the connection is established.`,
          Firefox: [ESTABLISH, INTERRUPTED],
          ws: "Error: WebSocket was closed before the connection was established",
        },
        "The page called `close()` while the connection was still being made. Frameworks that mount a component twice while developing do it.",
        "closing-handshake#Two goodbyes, one hang-up",
      ),
      symptom(
        "close-code",
        "A close code that a page may not use",
        {
          Chromium: "InvalidAccessError: Failed to execute 'close' on 'WebSocket': The close code must be either 1000, or between 3000 and 4999. <code> is neither.",
          Firefox: "InvalidAccessError: A parameter or an operation is not supported by the underlying object",
          ws: "TypeError: First argument must be a valid error code number",
        },
        "A page may close with 1000 and with 3000 to 4999. The other codes belong to the protocol.",
        "closing-handshake#The codes",
      ),
      symptom(
        "close-reason",
        "A close reason that is too long",
        {
          Chromium: "SyntaxError: Failed to execute 'close' on 'WebSocket': The close reason must not be greater than 123 UTF-8 bytes.",
          Firefox: ILLEGAL_STRING,
          ws: "RangeError: The message must not be greater than 123 bytes",
        },
        "A close frame is a control frame: 125 bytes, two of them for the code. Bytes are counted, not characters.",
        "control-frames#The frames that are not messages",
      ),
      symptom(
        "bad-url",
        "A URL that is none",
        {
          Chromium: [
            "SyntaxError: Failed to construct 'WebSocket': The URL '<url>' is invalid.",
            "SyntaxError: Failed to construct 'WebSocket': The URL's scheme must be either 'http', 'https', 'ws', or 'wss'. '<value>' is not allowed.",
            "SyntaxError: Failed to construct 'WebSocket': The URL's scheme must be either 'ws' or 'wss'. '<value>' is not allowed.",
            "SyntaxError: Failed to construct 'WebSocket': The URL contains a fragment identifier ('<value>'). Fragment identifiers are not allowed in WebSocket URLs.",
          ],
          Firefox: ILLEGAL_STRING,
          ws: [
            "SyntaxError: Invalid URL: <value>",
            `SyntaxError: The URL's protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"`,
            "SyntaxError: The URL contains a fragment identifier",
          ],
        },
        "It begins with `ws:` or `wss:`, and has no part behind a `#`. Often a variable in it is empty.",
        "upgrade-listener#Run it",
      ),
      symptom(
        "bad-protocol",
        "A subprotocol that cannot be one",
        {
          Chromium: [
            "SyntaxError: Failed to construct 'WebSocket': The subprotocol '<value>' is invalid.",
            "SyntaxError: Failed to construct 'WebSocket': The subprotocol '<value>' is duplicated.",
          ],
          Firefox: ILLEGAL_STRING,
          ws: "SyntaxError: An invalid or duplicated subprotocol was specified",
        },
        "The second argument is a list of tokens without spaces, each one once. It is no place for options; those of `ws` come third.",
        "refusals#The rules",
      ),
    ],
  },
];

/** All symptoms, in order. */
export const symptoms: readonly Symptom[] = symptomGroups.flatMap((group) => group.symptoms);
