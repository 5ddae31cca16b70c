import type { Scenario, Stage } from "../../scripts/browsers/scenario.ts";
import type { ClientPage } from "../../scripts/browsers/client-page.ts";

const offering = (...names: string[]) => `new WebSocket("ws://localhost:8000", ${JSON.stringify(names)})`;

async function openPage(stage: Stage): Promise<ClientPage> {
  return stage.open(await stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin } }));
}

const scenarios: Scenario[] = [
  {
    name: "the server chooses the subprotocol that it speaks, and speaks it",
    async run(stage) {
      const page = await openPage(stage);
      await page.expectState("OPEN");
      await page.press("Send");
      await page.press("Send 3 bytes");
      await page.expectLog([
        offering("chat", "shout"),
        'open  protocol: "shout"',
        'send("Websockets are great")',
        'message  data: "WEBSOCKETS ARE GREAT"',
        "send(Uint8Array.of(0, 128, 255))",
        "message  data: 0,128,255",
      ]);
    },
  },
  {
    name: "of two that it speaks, the one that the page names first",
    async run(stage) {
      const page = await openPage(stage);
      await page.expectState("OPEN");
      const log = [offering("chat", "shout"), 'open  protocol: "shout"'];
      for (const [first, second] of [["echo", "shout"], ["shout", "echo"]] as const) {
        await page.fill("Subprotocols", `${first}, ${second}`);
        await page.press("Connect again");
        log.push(offering(first, second), `open  protocol: "${first}"`);
        await page.expectLog(log);
      }
    },
  },
  {
    name: "no subprotocol offered, and none chosen: it echoes, and closes when it is told to",
    async run(stage) {
      const page = await openPage(stage);
      await page.expectState("OPEN");
      await page.fill("Subprotocols", " ");
      await page.press("Connect again");
      await page.press("Send");
      const log = [
        offering("chat", "shout"),
        'open  protocol: "shout"',
        offering(),
        'open  protocol: ""',
        'send("Websockets are great")',
        'message  data: "Websockets are great"',
      ];
      await page.expectLog(log);
      await page.fill("Message", "close 4001 bye");
      await page.press("Send");
      await page.expectLog([...log, 'send("close 4001 bye")', 'close  code: 4001  reason: "bye"  wasClean: true']);
    },
  },
  {
    name: "offered only what the server does not speak",
    async run(stage) {
      const page = await openPage(stage);
      await page.expectState("OPEN");
      await page.fill("Subprotocols", "chat");
      await page.press("Connect again");
      const log = [offering("chat", "shout"), 'open  protocol: "shout"', offering("chat")];
      // The one tells of a failure, the other is content with none.
      if (stage.browserName === "Firefox") return page.expectLog([...log, 'open  protocol: ""']);
      await page.expectLog([...log, "error", 'close  code: 1006  reason: ""  wasClean: false']);
      stage.assertLessonQuotes(await page.expectWords(/Sec-WebSocket-Protocol/));
    },
  },
];

export default scenarios;
