import { randomBytes } from "node:crypto";
import http from "node:http";

/** So much is sent at most, in bytes. */
const MUCH = 100_000_000;

/** If nothing moves for so long, the server has stopped reading; in milliseconds. */
const PATIENCE = 3_000;

/** A thousand pings of 125 bytes; a mask of zeros changes nothing. */
const PINGS = Buffer.alloc(131_000, Buffer.concat([Buffer.from("89fd00000000", "hex"), Buffer.alloc(125, "x")]));

const request = http.get({
  port: Number(process.env.PORT ?? 8000),
  headers: {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
  },
});

request.on("upgrade", (_response, socket) => {
  // Nobody listens to "data": no pong is ever read.
  let timer: NodeJS.Timeout;
  const report = (text: string) => {
    console.log(text);
    process.exit();
  };
  const sendOn = () => {
    clearTimeout(timer);
    if (socket.bytesWritten >= MUCH) report("The server has taken 100 MB of pings, and keeps the pongs");
    socket.write(PINGS, sendOn);
    timer = setTimeout(() => report("The server has stopped reading"), PATIENCE);
  };
  socket.on("error", (error) => report(`The server has cut the connection: ${error.message}`));
  sendOn();
});
request.on("error", (error) => console.log(`${error.message}. Is the server running?`));
