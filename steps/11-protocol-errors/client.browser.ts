import assert from "node:assert/strict";
import type { Scenario } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const LONG = `send("${"0123456789".repeat(4).slice(0, 39)}… (2000000 characters))`;

const scenarios: Scenario[] = [
  {
    name: "two million characters are refused with 1009, and a new connection works",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("2,000,000 characters");
      await page.press("Send");
      await server.printed("Failed with 1009: A message has at most 1048576 bytes");
      await page.expectState("CLOSED");
      const { log } = await page.look();
      assert.deepEqual(log.slice(0, 3), [NEW, "open", LONG]);
      // It is clean if the browser got to send a Close frame of its own, and Firefox does not always.
      assert.match(log[3] ?? "", /^close  code: 1009  reason: ""  wasClean: (true|false)$/);
      assert.equal(log.length, 4);

      await page.press("Connect again");
      await page.expectState("OPEN");
      await page.press("70,000 characters");
      await page.press("Send");
      await server.printed("Received text, 70000 bytes");
      await page.expectState("OPEN");
    },
  },
  {
    name: "the limit comes from MAX_MESSAGE_SIZE",
    async run(stage) {
      const env = { ALLOWED_ORIGINS: stage.site.origin, MAX_MESSAGE_SIZE: "20" };
      const server = await stage.server("server.ts", { env });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Send");
      await page.expectLog([NEW, "open", 'send("Websockets are great")', 'message  data: "Websockets are great"']);
      await page.fill("Message", "Websockets are great!");
      await page.press("Send");
      await server.printed("Failed with 1009: A message has at most 20 bytes");
      await page.expectState("CLOSED");
    },
  },
];

export default scenarios;
