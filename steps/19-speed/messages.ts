import type { WebSocket } from "./websocket.ts";

/** What `messages` gives: the arguments of the event `message`. */
export type Message = { data: Buffer | ArrayBuffer; isBinary: boolean };

/**
 * The messages of a socket, one by one: it is read only while somebody waits for the next one. Ends
 * with the connection, and throws if that failed. Whoever leaves early lets the socket flow again.
 */
export function readMessages(socket: WebSocket): AsyncGenerator<Message, void> {
  // From now on, not from the first `next()` on: what comes in between is not lost.
  socket.pause();
  return generate(socket);
}

async function* generate(socket: WebSocket): AsyncGenerator<Message, void> {
  let failure: Error | undefined;
  const onError = (error: Error) => void (failure ??= error);
  socket.on("error", onError);
  try {
    for (let message = await next(socket); message; message = await next(socket)) yield message;
    if (failure) throw failure;
  } finally {
    socket.off("error", onError);
    socket.resume();
  }
}

/** Lets the socket flow until one message has come, or none will. */
function next(socket: WebSocket): Promise<Message | undefined> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) return resolve(undefined);
    const settle = (message?: Message) => {
      socket.pause();
      socket.off("message", onMessage).off("close", onClose);
      resolve(message);
    };
    const onMessage = (data: Message["data"], isBinary: boolean) => settle({ data, isBinary });
    const onClose = () => settle();
    socket.on("message", onMessage).on("close", onClose).resume();
  });
}
