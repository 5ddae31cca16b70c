import type { Scenario } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';

const scenarios: Scenario[] = [
  {
    name: "closes with a code and a reason of one's own",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await page.fill("Code", "4321");
      await page.fill("Reason", "so long");
      await page.press("Close");
      await page.expectState("CLOSED");
      const closed = 'close  code: 4321  reason: ""  wasClean: true';
      await page.expectLog([NEW, "open", 'close(4321, "so long")', closed]);
      await server.printed("Closed with 4321 so long");
    },
  },
  {
    name: "shows the code and the reason when the server closes, also codes that a page must not send",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      const log: string[] = [];
      for (const [code, reason] of [[4001, "bye"], [1001, "moving"], [1011, "oops"], [1000, ""]] as const) {
        await page.expectState("OPEN");
        const text = `close ${code} ${reason}`.trim();
        await page.fill("Message", text);
        await page.press("Send");
        await page.expectState("CLOSED");
        const closed = `close  code: ${code}  reason: "${reason}"  wasClean: true`;
        log.push(NEW, "open", `send("${text}")`, closed);
        await page.expectLog(log);
        await server.printed(`Closed with ${code} ${reason}`);
        await page.press("Connect again");
      }
    },
  },
  {
    name: "codes that a browser refuses to send",
    async run(stage) {
      const page = await stage.open(await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } }));
      await page.expectState("OPEN");
      const refusal = {
        Chromium: (code: number) =>
          "InvalidAccessError: Failed to execute 'close' on 'WebSocket': The close code must be either " +
          `1000, or between 3000 and 4999. ${code} is neither.`,
        Firefox: () =>
          "InvalidAccessError: A parameter or an operation is not supported by the underlying object",
      }[stage.browserName];
      const log = [NEW, "open"];
      for (const code of [1001, 1005, 1006, 2999, 5000]) {
        await page.fill("Code", String(code));
        await page.press("Close");
        log.push(refusal(code));
        await page.expectLog(log);
      }
      await page.expectState("OPEN");
      stage.assertLessonQuotes(refusal(1001));
    },
  },
  {
    name: "leaving the page says 1001",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      // Closes the tab.
      await stage.clear();
      await server.printed("Closed with 1001");
    },
  },
  {
    name: "a server that goes without a word: 1006, and not clean",
    async run(stage) {
      const server = await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } });
      const page = await stage.open(server);
      await page.expectState("OPEN");
      await server.stop();
      await page.expectState("CLOSED");
      await page.expectLog([NEW, "open", 'close  code: 1006  reason: ""  wasClean: false']);
    },
  },
];

export default scenarios;
