import type { Scenario } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const LONG = '"012345678901234567890123456789012345678… (70000 characters)';

const scenarios: Scenario[] = [
  {
    name: "gets 70,000 characters back, and then a short message",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.press("70,000 characters");
      await page.press("Send");
      await server.printed(/Received a frame with opcode 1, 70000 bytes: 0123456789/);
      const log = [NEW, "open", `send(${LONG})`, `message  data: ${LONG}`];
      await page.expectLog(log);
      await page.fill("Message", "Hi");
      await page.press("Send");
      await page.expectLog([...log, 'send("Hi")', 'message  data: "Hi"']);
      await page.expectState("OPEN");
    },
  },
  {
    name: "gets texts on both sides of the first boundary back",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      const log = [NEW, "open"];
      for (const length of [125, 126, 127]) {
        const text = "x".repeat(length);
        const shown = `"${"x".repeat(39)}… (${length} characters)`;
        await page.fill("Message", text);
        await page.press("Send");
        await server.printed(`Received a frame with opcode 1, ${length} bytes: xxx`);
        log.push(`send(${shown})`, `message  data: ${shown}`);
        await page.expectLog(log);
      }
    },
  },
];

export default scenarios;
