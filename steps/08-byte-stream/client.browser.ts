import type { Scenario } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const SEND = 'send("Websockets are great")';
const MESSAGE = 'message  data: "Websockets are great"';
const LONG = '"012345678901234567890123456789012345678… (70000 characters)';

const scenarios: Scenario[] = [
  {
    name: "gets short and long messages back",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Send");
      await server.printed("Received a frame with opcode 1, 20 bytes: Websockets are great");
      await page.expectLog([NEW, "open", SEND, MESSAGE]);
      await page.press("70,000 characters");
      await page.press("Send");
      await server.printed(/Received a frame with opcode 1, 70000 bytes: 0123456789/);
      await page.expectLog([NEW, "open", SEND, MESSAGE, `send(${LONG})`, `message  data: ${LONG}`]);
      await page.expectState("OPEN");
    },
  },
  {
    name: "hears the goodbye of the page, and cannot answer it yet",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Connect again");
      await server.printed(/Received a frame with opcode 8, /);
      await page.expectLog([NEW, "open", NEW, "open"]);
    },
  },
];

export default scenarios;
