import type { Data } from "./data.ts";
import { PreparedMessage } from "./prepared-message.ts";
import { WebSocket } from "./websocket.ts";

export type BroadcastOptions = {
  /** Whether the data is binary; if it is not said, all but strings and numbers is. */
  binary?: boolean;
  /** One that does not get it, such as the one from whom it came. */
  except?: WebSocket;
  /**
   * What becomes of those that do not keep up (`needsDrain`): `queue`, the default, lets the message
   * wait for them up to their `maxBufferedAmount`; `skip` leaves them out, this time; `terminate`
   * ends them.
   */
  slow?: "queue" | "skip" | "terminate";
};

/**
 * Sends a message to all that are open, and returns to how many. All share the bytes of one frame.
 * Throws a `TypeError` if the data is nothing that has bytes.
 */
export function broadcast(receivers: Iterable<WebSocket>, data: Data, options: BroadcastOptions = {}): number {
  const message = new PreparedMessage(data, options.binary);
  const { except, slow = "queue" } = options;
  let count = 0;
  for (const receiver of receivers) {
    if (receiver === except || receiver.readyState !== WebSocket.OPEN) continue;
    const isLeftOut = slow !== "queue" && receiver.needsDrain;
    if (isLeftOut && slow === "terminate") receiver.terminate();
    if (isLeftOut) continue;
    receiver.send(message);
    // It may just have been one too many.
    if (receiver.readyState === WebSocket.OPEN) count++;
  }
  return count;
}
