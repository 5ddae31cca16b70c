import { connect, readTexts, textFrame } from "./lib/client.ts";

// A hundred frames in one write, and then we hang up: whatever comes back has come by the end.
const COUNT = 100;

connect((socket) => {
  const texts: string[] = [];
  readTexts(
    socket,
    (text) => texts.push(text),
    () => {
      console.log(`Came back: ${texts.length} (first: ${texts[0]}, last: ${texts.at(-1)})`);
    },
  );

  const frames = Array.from({ length: COUNT }, (_, i) => textFrame(`message ${i + 1}`));
  console.log(`Sending ${COUNT} frames in one write`);
  socket.write(Buffer.concat(frames));
  socket.end();
});
