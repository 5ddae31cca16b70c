import { setTimeout as sleep } from "node:timers/promises";
import { connect, readTexts, textFrame } from "./lib/client.ts";

/** Between two bytes, in milliseconds: long enough that each arrives alone. */
const PAUSE = 50;

connect(async (socket) => {
  readTexts(socket, (text) => {
    console.log(`Came back: ${text}`);
    socket.end();
  });

  const frame = textFrame("Websockets are great");
  console.log(`Sending ${frame.length} bytes, one at a time`);
  for (const byte of frame) {
    socket.write(Uint8Array.of(byte));
    await sleep(PAUSE);
  }
});
