import type { IncomingMessage } from "node:http";
import { isValidCloseCode } from "./constants.ts";
import type { Data } from "./data.ts";
import { WebSocket } from "./websocket.ts";

/** What `connect 127.0.0.1:4711 chat superchat` asks for. */
export type Wish = { port: string; protocols: string[] };

/**
 * The wish in a text, if there is one. Only somebody on this machine may wish: with our help, a stranger
 * could reach servers that listen to nobody but this machine.
 */
export function parseWish(text: string, { socket }: IncomingMessage): Wish | undefined {
  const isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? "");
  const [, port, protocols] = /^connect 127\.0\.0\.1:(\d{1,5})((?: \S{1,30})*)$/.exec(text) ?? [];
  if (!isLoopback || port === undefined) return undefined;
  return { port, protocols: protocols?.match(/\S+/g) ?? [] };
}

/** Connects to the other server as its client, and tells `socket` what comes of it and from it. */
export function relay(socket: WebSocket, { port, protocols }: Wish): WebSocket | undefined {
  try {
    const upstream = new WebSocket(`ws://127.0.0.1:${port}/`, protocols);
    upstream.on("open", () => socket.send(`open ${upstream.protocol}`.trim()));
    upstream.on("message", (data, isBinary) => socket.send(isBinary ? data : `message ${data}`));
    upstream.on("error", (error) => socket.send(`error ${error.message}`));
    upstream.on("close", (code, reason) => socket.send(`close ${code} ${reason}`.trim()));
    socket.on("close", (code) => upstream.close(isValidCloseCode(code) ? code : undefined));
    return upstream;
  } catch (error) {
    // No such port, or no such subprotocol.
    socket.send(`error ${(error as Error).message}`);
    return undefined;
  }
}

/** Sends a message to the other server, if it is there. */
export function passOn(upstream: WebSocket, data: Data, isBinary: boolean): void {
  if (upstream.readyState === WebSocket.OPEN) upstream.send(data, { binary: isBinary });
}
