import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

/** What can go wrong with a WebSocket, each on purpose: a server that answers with canned bytes. */

/** What the server does once it has read the request's head. */
export type Answer = (connection: { socket: Socket; key: string; head: string }) => void;

export interface Fault {
  answer: Answer;
  /** The subprotocols that the client asks for. */
  protocols?: string[];
  /** Whether the client sends a text as soon as the connection is open. */
  greets?: boolean;
  /** The connection neither opens nor closes by itself. */
  stays?: boolean;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const UPGRADE = ["Upgrade: websocket", "Connection: Upgrade"];

function accept(key: string): string {
  return `Sec-WebSocket-Accept: ${createHash("sha1").update(key + GUID).digest("base64")}`;
}

function response(status: string, headers: readonly string[], body = ""): string {
  const length = status.startsWith("101") ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [`HTTP/1.1 ${status}`, ...headers, ...length, "", body].join("\r\n");
}

/** Answers with a status and a body, as an ordinary web server does. */
function status(line: string, body = ""): Answer {
  return ({ socket }) => void socket.end(response(line, ["Content-Type: text/plain"], body));
}

/** A 101 with these headers, in which `accept` stands for the right accept key. */
function handshake(headers: readonly string[]): Answer {
  return ({ socket, key }) => {
    const lines = headers.map((header) => (header === "accept" ? accept(key) : header));
    socket.write(response("101 Switching Protocols", lines));
  };
}

/** A good handshake, and these bytes right behind it. */
function atOnce(bytes: string | Uint8Array): Answer {
  return ({ socket, key }) => {
    socket.write(response("101 Switching Protocols", [...UPGRADE, accept(key)]));
    socket.write(typeof bytes === "string" ? hex(bytes) : bytes);
  };
}

/** A good handshake; then, when the client has sent something, these bytes. */
function frames(...bytes: (string | Uint8Array)[]): Fault {
  return afterGreeting((socket) => {
    socket.write(Buffer.concat(bytes.map((part) => (typeof part === "string" ? hex(part) : part))));
  });
}

/** A good handshake; then, when the client has sent something, whatever `act` does. */
function afterGreeting(act: (socket: Socket) => void): Fault {
  return {
    answer: ({ socket, key }) => {
      socket.write(response("101 Switching Protocols", [...UPGRADE, accept(key)]));
      socket.once("data", () => {
        act(socket);
        // Whatever the client answers to that is its last word.
        socket.once("data", () => void socket.end());
      });
    },
    greets: true,
  };
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Faults of a server, by name: what it answers to a client that did everything right. */
export const faults: Record<string, Fault> = {
  "no accept": { answer: handshake(UPGRADE) },
  "wrong accept": { answer: handshake([...UPGRADE, "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ=="]) },
  "no upgrade": { answer: handshake(["Connection: Upgrade", "accept"]) },
  "wrong upgrade": { answer: handshake(["Upgrade: h2c", "Connection: Upgrade", "accept"]) },
  "no connection": { answer: handshake(["Upgrade: websocket", "accept"]) },
  "wrong connection": { answer: handshake(["Upgrade: websocket", "Connection: close", "accept"]) },
  "status 200": { answer: status("200 OK", "Hello") },
  "status 301": { answer: status("301 Moved Permanently") },
  "status 400": { answer: status("400 Bad Request", "Sec-WebSocket-Version: 13 is required.") },
  "status 401": { answer: status("401 Unauthorized") },
  "status 403": { answer: status("403 Forbidden", "Pages of this origin may not connect.") },
  "status 404": { answer: status("404 Not Found") },
  "status 405": { answer: status("405 Method Not Allowed") },
  "status 426": { answer: status("426 Upgrade Required") },
  "status 500": { answer: status("500 Internal Server Error") },
  "status 502": { answer: status("502 Bad Gateway") },
  "status 503": { answer: status("503 Service Unavailable") },
  "not HTTP": { answer: ({ socket }) => void socket.end("Hi\r\n") },
  "frames, no head": { answer: ({ socket }) => void socket.end(hex("81 02 48 69")) },
  "hangs up": { answer: ({ socket }) => void socket.end() },
  "resets": { answer: ({ socket }) => void socket.resetAndDestroy() },
  "headers not ended": { answer: ({ socket, key }) => void socket.end(`HTTP/1.1 101 Switching Protocols\r\n${[...UPGRADE, accept(key)].join("\r\n")}\r\n`) },
  "protocol not asked for": { answer: handshake([...UPGRADE, "accept", "Sec-WebSocket-Protocol: chat"]) },
  "another protocol": { answer: handshake([...UPGRADE, "accept", "Sec-WebSocket-Protocol: superchat"]), protocols: ["chat"] },
  "no protocol": { answer: handshake([...UPGRADE, "accept"]), protocols: ["chat"] },
  "two protocols": { answer: handshake([...UPGRADE, "accept", "Sec-WebSocket-Protocol: chat, superchat"]), protocols: ["chat", "superchat"] },
  "unknown extension": { answer: handshake([...UPGRADE, "accept", "Sec-WebSocket-Extensions: x-lines"]) },
  "deflate twice": { answer: handshake([...UPGRADE, "accept", "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate"]) },
  "deflate parameter": { answer: handshake([...UPGRADE, "accept", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99"]) },
  "bare text": { answer: atOnce(Buffer.from("Hi there, here I am\n")) },
  "bare text later": frames(Buffer.from("Hi there, here I am\n")),
  "RSV1": frames("c1 02 48 69"),
  "RSV2": frames("a1 02 48 69"),
  "masked": frames("81 82 01 02 03 04 49 6b"),
  "reserved opcode": frames("83 02 48 69"),
  "reserved control opcode": frames("8b 00"),
  "fragmented control": frames("09 00"),
  "long control": frames("89 7e 00 7e", new Uint8Array(126)),
  "long 16": frames("81 7e 00 02 48 69"),
  "long 64": frames("81 7f 00 00 00 00 00 00 00 02 48 69"),
  "top bit": frames("81 7f 80 00 00 00 00 00 00 02 48 69"),
  "continuation first": frames("80 02 48 69"),
  "text in a message": frames("01 02 48 69 81 02 48 69"),
  "text not UTF-8": frames("81 02 c3 28"),
  "close 1 byte": frames("88 01 03"),
  "close 1005": frames("88 02 03 ed"),
  "close 999": frames("88 02 03 e7"),
  "close reason not UTF-8": frames("88 04 03 e8 c3 28"),
  "close 1000": frames("88 02 03 e8"),
  "close empty": frames("88 00"),
  "close 1001": frames("88 02 03 e9"),
  "close 1002": frames("88 02 03 ea"),
  "close 1003": frames("88 02 03 eb"),
  "close 1007": frames("88 02 03 ef"),
  "close 1008": frames("88 02 03 f0"),
  "close 1009": frames("88 02 03 f1"),
  "close 1011": frames("88 02 03 f3"),
  "close 1012": frames("88 02 03 f4"),
  "close 1013": frames("88 02 03 f5"),
  "no close frame": afterGreeting((socket) => void socket.end()),
  "no close frame, at once": { answer: ({ socket, key }) => void socket.end(response("101 Switching Protocols", [...UPGRADE, accept(key)])) },
  "reset while open": afterGreeting((socket) => void socket.resetAndDestroy()),
  "half a frame, then the end": afterGreeting((socket) => void socket.end(hex("81 05 48 69"))),
  // The last one: Firefox opens no second connection to a host while this one is not settled.
  "hangs": { answer: () => {}, stays: true },
};

export interface FaultyServer {
  port: number;
  stop(): Promise<void>;
}

/** Serves a fault on a free port of the loopback interface. */
export async function startFaulty(answer: Answer): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    let head = "";
    const read = (chunk: Buffer): void => {
      // The beginning of TLS, to which a plain server answers in plain words.
      if (head === "" && chunk[0] === 0x16) socket.end(response("400 Bad Request", []));
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", read);
      const [, key = ""] = /^sec-websocket-key: *(.*?)\r$/im.exec(head) ?? [];
      answer({ socket, key, head });
      socket.resume();
    };
    socket.on("data", read);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
