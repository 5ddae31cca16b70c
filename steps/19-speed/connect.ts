import { once } from "node:events";
import { WebSocket, type ClientOptions } from "./websocket.ts";

/**
 * Opens a WebSocket, and waits until it is open. Takes what `new WebSocket` takes, throws what it
 * throws, and fails with the error if nothing comes of it.
 */
export async function connect(
  address: string | URL,
  protocols?: string | readonly string[],
  options?: ClientOptions,
): Promise<WebSocket> {
  const socket = new WebSocket(address, protocols, options);
  await once(socket, "open");
  return socket;
}
