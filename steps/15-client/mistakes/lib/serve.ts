import { randomBytes } from "node:crypto";
import http, { type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { checkResponse, type Outcome } from "../../client-handshake.ts";
import { isValidCloseCode } from "../../constants.ts";
import { FrameParser, type FrameSink } from "../../frame-parser.ts";
import { encodeFrame } from "../../frame.ts";
import { Protocol } from "../../protocol.ts";
import { WebSocketServer } from "../../websocket-server.ts";

/** What a mistake replaces. */
export type Parts = {
  /** The value of `Sec-WebSocket-Key`. */
  handshakeKey?: () => string;
  /** Whether the response opens a WebSocket. */
  check?: (response: IncomingMessage, key: string, offered: string[]) => Outcome;
  /** The key of a frame; `undefined` leaves the mask out. */
  maskingKey?: () => Buffer | undefined;
  /** Whether the client ends the connection itself, when both have said goodbye. */
  hangsUp?: boolean;
  /** Whether frames are taken masked as well as unmasked. */
  takesMasked?: boolean;
  /** Whether what comes with the response is thrown away. */
  losesHead?: boolean;
  /** Whether a redirect is followed. */
  followsRedirects?: boolean;
};

type Client = { send(data: Buffer, isBinary: boolean): void; close(code: number): void };

/** The server of this step, with a client in which some parts are replaced. Nothing else is wrong in here. */
export function serve(parts: Parts): void {
  const port = Number(process.env.PORT ?? 8000);
  const server = new WebSocketServer({ port });
  server.on("listening", () => console.log(`Listening on port ${port}`));
  server.on("connection", (socket) => {
    let client: Client | undefined;
    socket.on("error", () => {});
    socket.on("close", (code) => client?.close(code));
    socket.on("message", (data, isBinary) => {
      const [, target, protocols] = /^connect 127\.0\.0\.1:(\d{1,5})(.*)$/.exec(data.toString()) ?? [];
      if (client) client.send(data as Buffer, isBinary);
      else if (target === undefined) socket.send(data, { binary: isBinary });
      else if (Number(target) > 65535 || !areFine(protocols ?? "")) socket.send("error Nobody can connect to that");
      else client = open(`http://127.0.0.1:${target}/`, protocols?.match(/\S+/g) ?? [], parts, (report) => socket.send(report));
    });
  });
}

function open(url: string, offered: string[], parts: Parts, tell: (report: string | Buffer) => void): Client {
  const { handshakeKey = () => randomBytes(16).toString("base64"), check = checkResponse } = parts;
  const key = handshakeKey();
  let session: Protocol | undefined;
  let current: Duplex | undefined;
  let hasFailed = false;

  const fail = (message: string) => {
    if (hasFailed) return;
    hasFailed = true;
    request.destroy();
    current?.destroy();
    tell(`error ${message}`);
    tell("close 1006");
  };
  const request = http.get(url, {
    agent: false,
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Version": "13",
      ...(offered.length > 0 ? { "Sec-WebSocket-Protocol": offered.join(", ") } : {}),
    },
  });
  request.on("error", (error) => fail(error.message));
  request.on("response", (response) => {
    const { location } = response.headers;
    if (parts.followsRedirects && location !== undefined) {
      request.destroy();
      open(location, offered, parts, tell);
    } else fail(`Unexpected server response: ${response.statusCode}`);
  });
  request.on("upgrade", (response, socket, head) => {
    current = socket.on("error", () => socket.destroy());
    const result = check(response, key, offered);
    if (!result.ok) return fail(result.message);
    session = run(socket, head, parts, tell);
    tell(`open ${result.protocol}`.trim());
  });
  return {
    send: (data, isBinary) => void session?.send(data, isBinary),
    close(code) {
      if (session) session.close(isValidCloseCode(code) ? code : undefined);
      else request.destroy();
    },
  };
}

function run(socket: Duplex, head: Buffer, parts: Parts, tell: (report: string | Buffer) => void): Protocol {
  const { maskingKey = () => randomBytes(4) } = parts;
  const mask = eachFrame((opcode, payload, fin) => void socket.write(encodeFrame(opcode, payload, fin, maskingKey())));
  const protocol = new Protocol(
    {
      onBytes: (bytes) => mask(bytes),
      onEnd: () => void socket.end(),
      onMessage: (data, isBinary) => tell(isBinary ? data : `message ${data}`),
      onPing: () => {},
      onPong: () => {},
      onError: (error) => tell(`error ${error.message}`),
    },
    { maxPayload: 1024 * 1024, role: "client" },
  );
  const unmask = eachFrame((opcode, payload, fin) => protocol.receive(encodeFrame(opcode, payload, fin)));
  const receive = (chunk: Buffer) => {
    if (!parts.takesMasked) protocol.receive(chunk);
    else unmask(chunk);
    if (parts.hangsUp && protocol.state === "closed") socket.end();
  };
  if (!parts.losesHead && head.length > 0) socket.unshift(head);
  socket.on("data", receive);
  socket.on("end", () => protocol.receiveEnd());
  socket.on("close", () => {
    protocol.receiveEnd();
    tell(`close ${protocol.closeCode} ${protocol.closeReason}`.trim());
  });
  return protocol;
}

function areFine(protocols: string): boolean {
  const list = protocols.match(/\S+/g) ?? [];
  return new Set(list).size === list.length && list.every((name) => /^[\w-]+$/.test(name));
}

/** A function that takes bytes, and calls `use` for each frame in them, unmasked. */
function eachFrame(use: (opcode: number, payload: Buffer, fin: boolean) => void): (bytes: Buffer) => void {
  const parser = new FrameParser();
  let parts: Buffer[] = [];
  const sink: FrameSink = {
    onHeader: () => void (parts = []),
    onPayload: (_header, part) => void parts.push(part),
    onFrameEnd: ({ opcode, fin }) => use(opcode, Buffer.concat(parts), fin),
  };
  return (bytes) => parser.push(bytes, sink);
}
