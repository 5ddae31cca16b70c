import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "../connect.ts";
import type { WebSocket } from "../websocket.ts";

export type Patience = {
  /** The longest wait after the first failure, in milliseconds; it doubles with each one that follows. */
  first?: number;
  /** The longest wait of all, in milliseconds. */
  most?: number;
  /** A number from 0 to 1. */
  random?: () => number;
  /** Waits so many milliseconds. */
  wait?: (milliseconds: number) => Promise<unknown>;
};

/**
 * Connects, and connects again whenever the connection ends, until the server ends it with 1000 or
 * `isWanted` says no. `use` gets each connection.
 */
export async function stayConnected(
  open: () => Promise<WebSocket>,
  use: (socket: WebSocket) => void,
  isWanted: () => boolean,
  { first = 500, most = 30_000, random = Math.random, wait = sleep }: Patience = {},
): Promise<void> {
  let failures = 0;
  while (isWanted()) {
    const socket = await open().catch(() => undefined);
    if (socket !== undefined) {
      // Not yet at `open`: a server that is overloaded may accept everybody and drop them again.
      socket.once("message", () => (failures = 0));
      socket.on("error", () => {});
      use(socket);
      const [code] = await once(socket, "close");
      if (code === 1000) return;
    }
    // Without jitter, all clients that a crash has thrown out would come back in the same moment.
    await wait(random() * Math.min(most, first * 2 ** failures));
    failures++;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const address = process.argv[2] ?? "ws://localhost:8000";
  await stayConnected(
    () => connect(address),
    (socket) => {
      console.log("Connected");
      socket.on("message", (data) => console.log(`Received: ${data}`));
      socket.on("close", (code) => console.log(`Closed with ${code}`));
      socket.send("I am here");
    },
    () => true,
  );
}
