import assert from "node:assert/strict";
import type { Scenario } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const CLOSE_1006 = 'close  code: 1006  reason: ""  wasClean: false';

const scenarios: Scenario[] = [
  {
    name: "sends a text, the server prints it, and nothing comes back",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Send");
      await server.printed("Received a frame with opcode 1: Websockets are great");
      await page.fill("Message", "Grüße, 世界");
      await page.press("Send");
      await server.printed("Received a frame with opcode 1: Grüße, 世界");
      await page.expectLog([NEW, "open", 'send("Websockets are great")', 'send("Grüße, 世界")']);
      await page.expectState("OPEN");
    },
  },
  {
    name: "sends 126 letters, which are no frame yet",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      const text = "x".repeat(126);
      await page.fill("Message", text);
      await page.press("Send");
      await server.printed("These 134 bytes are no whole frame");
      await page.expectLog([NEW, "open", `send("${text}")`]);
    },
  },
  {
    name: "says goodbye with a close frame when it connects again",
    async run(stage) {
      const server = await stage.server("exercises/print-header.ts", {
        env: { ALLOWED_ORIGINS: stage.site.origin },
      });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("Connect again");
      await server.printed(/fin: true  opcode: 8  length: 0  key: /);
      await page.expectLog([NEW, "open", NEW, "open"]);
    },
  },
  {
    name: "is closed when the server is stopped",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await server.stop();
      await page.expectState("CLOSED");
      await page.expectLog([NEW, "open", CLOSE_1006]);
      assert.ok(await page.isDisabled("Send"), "Send can be pressed in CLOSED");
    },
  },
];

export default scenarios;
