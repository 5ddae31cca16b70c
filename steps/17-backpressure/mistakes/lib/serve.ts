import type { ServerOptions } from "../../server-options.ts";
import { WebSocketServer } from "../../websocket-server.ts";
import type { WebSocket } from "../../websocket.ts";

export type Parts = {
  options?: Partial<ServerOptions>;
  /** Sends a message back. */
  echo?: (socket: WebSocket, data: Buffer | ArrayBuffer, isBinary: boolean) => void;
  /** Sends so many numbered messages of 64 KiB. */
  flood?: (socket: WebSocket, count: number) => void;
};

/** The server of this step, in short, with some parts replaced. Nothing is wrong in here. */
export function serve({ options, echo = sendBack, flood = sendMany }: Parts): void {
  const port = Number(process.env.PORT ?? 8000);
  const server = new WebSocketServer({ port, ...options });
  server.on("listening", () => console.log(`Listening on port ${port}`));
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      const [, command, argument = ""] = /^(broadcast|flood|pause) (.*)/.exec(isBinary ? "" : data.toString()) ?? [];
      if (command === "broadcast") server.broadcast(argument);
      else if (command === "flood") flood(socket, Number(argument));
      else if (command === "pause") pause(socket, Number(argument));
      else echo(socket, data, isBinary);
    });
  });
}

function sendBack(socket: WebSocket, data: Buffer | ArrayBuffer, isBinary: boolean): void {
  socket.send(data, { binary: isBinary });
}

function sendMany(socket: WebSocket, count: number): void {
  let sent = 0;
  const goOn = () => {
    while (sent < count && socket.send(`${++sent} `.padEnd(65_536, "."))) ;
    if (sent === count) socket.off("drain", goOn);
  };
  socket.on("drain", goOn);
  goOn();
}

function pause(socket: WebSocket, time: number): void {
  socket.pause();
  setTimeout(() => socket.resume(), time);
}
