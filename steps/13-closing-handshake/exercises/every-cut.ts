import { Opcode } from "../constants.ts";
import { encodeFrame } from "../frame.ts";
import { Protocol } from "../protocol.ts";

/** What comes out of the machine when these chunks go in, a line for each event. */
function run(chunks: Buffer[]): string[] {
  const events: string[] = [];
  const protocol = new Protocol(
    {
      onBytes: (bytes) => events.push(`bytes ${bytes.toString("hex")}`),
      onEnd: () => events.push("end"),
      onMessage: (data) => events.push(`message ${data}`),
      onError: (error) => events.push(`error ${error.code}`),
    },
    { maxPayload: 1024 },
  );
  // A chunk is unmasked in place, so each run needs its own.
  for (const chunk of chunks) protocol.receive(Buffer.from(chunk));
  events.push(`${protocol.state} ${protocol.closeCode} ${protocol.closeReason}`);
  return events;
}

/** A frame as a client sends it. The key is all zeros, which the protocol allows and changes no byte. */
function clientFrame(opcode: number, payload: string): Buffer {
  const [first = 0, second = 0, ...rest] = encodeFrame(opcode, Buffer.from(payload, "latin1"));
  return Buffer.from([first, second | 0x80, 0, 0, 0, 0, ...rest]);
}

const stream = Buffer.concat([
  clientFrame(Opcode.Text, "Websockets are great"),
  clientFrame(Opcode.Ping, "are you there?"),
  clientFrame(Opcode.Close, "\x0f\xa1bye"),
]);
const whole = run([stream]);
console.log(whole.join("\n"));

const start = performance.now();
let cuts = 0;
for (let a = 0; a <= stream.length; a++) {
  for (let b = a; b <= stream.length; b++) {
    const events = run([stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)]);
    if (`${events}` !== `${whole}`) throw new Error(`Cut at ${a} and ${b}, other events come: ${events}`);
    cuts++;
  }
}
console.log(`The same for all ${cuts} ways to cut ${stream.length} bytes in three`);
console.log(`All of it took ${Math.round(performance.now() - start)} ms`);
