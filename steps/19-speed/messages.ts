import type { WebSocket } from "./websocket.ts";

/** What `messages` gives: the arguments of the event `message`. */
export type Message = { data: Buffer | ArrayBuffer; isBinary: boolean };

/**
 * The messages of a socket, one by one: it is read only while somebody waits for the next one. Ends
 * with the connection, and throws if that failed. Whoever leaves early lets the socket flow again.
 */
export function readMessages(socket: WebSocket): AsyncGenerator<Message, void> {
  const messages = generate(socket);
  // It begins now, not with the first message that somebody asks for: what comes in between is not
  // lost, nor is an error, and `return()` has a `finally` to go through.
  void messages.next();
  return messages as AsyncGenerator<Message, void>;
}

async function* generate(socket: WebSocket): AsyncGenerator<Message | undefined, void> {
  let failure: Error | undefined;
  const onError = (error: Error) => void (failure ??= error);
  socket.on("error", onError).pause();
  try {
    yield undefined;
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
    // In front of the application's listeners, one of which may throw.
    socket.prependListener("message", onMessage).prependListener("close", onClose).resume();
  });
}
