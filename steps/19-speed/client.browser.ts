import type { Scenario, Stage } from "../../scripts/browsers/scenario.ts";

const offering = (...names: string[]) => `new WebSocket("ws://localhost:8000", ${JSON.stringify(names)})`;
const OPEN = 'open  protocol: "shout"  extensions: "permessage-deflate"';
const LONG = '"012345678901234567890123456789012345678… (70000 characters)';

async function openPage(stage: Stage) {
  const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
  return { server, page: await stage.open(server) };
}

const scenarios: Scenario[] = [
  {
    name: "both sides agree, and 70,000 characters shrink, in both directions",
    async run(stage) {
      const { server, page } = await openPage(stage);
      await page.expectState("OPEN");
      await page.press("70,000 characters");
      await page.press("Send");
      await page.expectLog([offering("chat", "shout"), OPEN, `send(${LONG})`, `message  data: ${LONG}`]);
      await server.printed(/Received text, 70000 bytes.*\nOn the wire: \d{2,3} bytes came, \d{2,3} went\n/);
    },
  },
  {
    name: "what comes again is shorter: both sides keep their windows",
    async run(stage) {
      const { server, page } = await openPage(stage);
      await page.expectState("OPEN");
      const log = [offering("chat", "shout"), OPEN];
      for (const wire of [/On the wire: 2\d bytes came, 2\d went\n/, /On the wire: 1\d bytes came, \d went\n/]) {
        await page.press("Send");
        log.push('send("Websockets are great")', 'message  data: "WEBSOCKETS ARE GREAT"');
        await page.expectLog(log);
        await server.printed(wire);
      }
      await page.press("Send 3 bytes");
      await page.expectLog([...log, "send(Uint8Array.of(0, 128, 255))", "message  data: 0,128,255"]);
    },
  },
  {
    name: "a burst comes back, in order, and the page says how fast",
    async run(stage) {
      const { server, page } = await openPage(stage);
      await page.expectState("OPEN");
      await page.press("Burst");
      await page.expectLog([offering("chat", "shout"), OPEN, "send(64 messages), 100 times", "6400 messages are back, in order"]);
      await server.printed(/Received text, 8 bytes: NUMBER 0\n/);
      await server.printed(/And \d+ more\n/);
    },
  },
  {
    name: "a small message that becomes too large: 1009",
    async run(stage) {
      const { server, page } = await openPage(stage);
      await page.expectState("OPEN");
      await page.press("2,000,000 characters");
      await page.press("Send");
      await page.expectState("CLOSED");
      const { log } = await page.look();
      const [closed = ""] = log.slice(-1);
      // The browsers differ in what they call clean here, and one of them says "error" before.
      if (!/^close {2}code: 1009 {2}reason: "" {2}wasClean: (true|false)$/.test(closed)) throw new Error(`The log ends with ${closed}`);
      await server.printed("Failed with 1009");
    },
  },
];

export default scenarios;
