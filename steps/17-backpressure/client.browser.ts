import type { Scenario, Stage } from "../../scripts/browsers/scenario.ts";
import type { ClientPage } from "../../scripts/browsers/client-page.ts";

const OPENING = ['new WebSocket("ws://localhost:8000", ["chat","shout"])', 'open  protocol: "shout"'];

async function openPage(stage: Stage): Promise<ClientPage> {
  const page = await stage.open(await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } }));
  await page.expectState("OPEN");
  return page;
}

const scenarios: Scenario[] = [
  {
    name: "20 MB wait in the browser while the server is paused, and come back afterwards",
    async run(stage) {
      const page = await openPage(stage);
      await page.fill("Message", "pause 500");
      await page.press("Send");
      await page.press("Send 20 MB");
      await page.expectLog([
        ...OPENING,
        'send("pause 500")',
        "send(20 × 1 MB)  bufferedAmount: 20000000",
        "20 MB are back  bufferedAmount: 0",
      ]);
    },
  },
  {
    name: "a broadcast comes to the page that sends it, too",
    async run(stage) {
      const page = await openPage(stage);
      await page.fill("Message", "broadcast hello");
      await page.press("Send");
      await page.expectLog([...OPENING, 'send("broadcast hello")', 'message  data: "hello"']);
    },
  },
  {
    name: "a flood comes as fast as the page reads, and in order",
    async run(stage) {
      const page = await openPage(stage);
      await page.fill("Message", "flood 30");
      await page.press("Send");
      const messages = Array.from({ length: 30 }, (_, i) => `message  data: "${`${i + 1} `.padEnd(39, ".")}… (65536 characters)`);
      await page.expectLog([...OPENING, 'send("flood 30")', ...messages]);
    },
  },
];

export default scenarios;
