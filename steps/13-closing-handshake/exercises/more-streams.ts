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
  for (const chunk of chunks) protocol.receive(Buffer.from(chunk));
  events.push(`${protocol.state} ${protocol.closeCode} ${protocol.closeReason}`.trimEnd());
  return events;
}

function clientFrame(opcode: number, payload: string): Buffer {
  const [first = 0, second = 0, ...rest] = encodeFrame(opcode, Buffer.from(payload, "latin1"));
  return Buffer.from([first, second | 0x80, 0, 0, 0, 0, ...rest]);
}

/** Runs the stream whole and at every two cuts, and prints the events, which must be the same. */
function tryEveryCut(name: string, stream: Buffer): void {
  const whole = run([stream]);
  for (let a = 0; a <= stream.length; a++) {
    for (let b = a; b <= stream.length; b++) {
      const events = run([stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)]);
      if (`${events}` !== `${whole}`) throw new Error(`${name}, cut at ${a} and ${b}: ${events}`);
    }
  }
  console.log(`${name}: ${whole.join(", ")}`);
}

const hello = clientFrame(Opcode.Text, "hello");
tryEveryCut("A reserved opcode", Buffer.concat([hello, clientFrame(3, "what?"), hello]));
tryEveryCut(
  "Two close frames",
  Buffer.concat([clientFrame(Opcode.Close, "\x0f\xa1"), clientFrame(Opcode.Close, "\x0f\xa2"), hello]),
);
