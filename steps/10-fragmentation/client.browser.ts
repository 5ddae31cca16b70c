import type { Scenario, Stage } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const SEND = 'send("Websockets are great")';
const ECHO = 'message  data: "Websockets are great"';
const BYTES = ["send(Uint8Array.of(0, 128, 255))", "message  data: 0,128,255"];

/** A server that lets the test site's pages in, as it does those of port 3000 for a reader. */
function serverForSite(stage: Stage, program = "server.ts") {
  return stage.server(program, { env: { ALLOWED_ORIGINS: stage.site.origin } });
}

const scenarios: Scenario[] = [
  {
    name: "gets text and bytes back, and closes cleanly",
    async run(stage) {
      const server = await serverForSite(stage);
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Send");
      await server.printed("Received text, 20 bytes: Websockets are great\n");
      await page.expectLog([NEW, "open", SEND, ECHO]);
      await page.press("Send 3 bytes");
      await page.expectLog([NEW, "open", SEND, ECHO, ...BYTES]);

      await page.press("Close");
      const closed = ['close(1000, "bye")', 'close  code: 1000  reason: ""  wasClean: true'];
      await page.expectLog([NEW, "open", SEND, ECHO, ...BYTES, ...closed]);
      await page.expectState("CLOSED");
    },
  },
  {
    name: "gets 70,000 characters back, in however many fragments it sends them",
    async run(stage) {
      const server = await serverForSite(stage);
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("70,000 characters");
      await page.press("Send");
      await server.printed("Received text, 70000 bytes: 0123456789");
      const shown = `"${"0123456789".repeat(4).slice(0, 39)}… (70000 characters)`;
      await page.expectLog([NEW, "open", `send(${shown})`, `message  data: ${shown}`]);
    },
  },
  {
    name: "exercise 1: fragments from the server are one message",
    async run(stage) {
      const page = await stage.open(await serverForSite(stage, "exercises/send-fragments.ts"));
      await page.expectState("OPEN");
      await page.press("Send");
      await page.expectLog([NEW, "open", SEND, ECHO]);
      await page.press("Send 3 bytes");
      await page.expectLog([NEW, "open", SEND, ECHO, ...BYTES]);
    },
  },
];

export default scenarios;
