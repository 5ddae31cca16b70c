import type { Scenario, Stage } from "../../scripts/browsers/scenario.ts";

const open = (stage: Stage, env: Record<string, string> = {}) =>
  stage.server("server.ts", { env: { ALLOWED_ORIGINS: stage.site.origin, ...env } });

const CONNECTED = ['new WebSocket("ws://localhost:8000", ["chat","shout"])', 'open  protocol: "shout"'];

const scenarios: Scenario[] = [
  {
    name: "the server ends, and says so: 1001",
    async run(stage) {
      const server = await open(stage);
      const pages = [await stage.open(server), await stage.open(server)];
      for (const page of pages) await page.expectState("OPEN");
      await server.stop();
      // Windows has no signals: there, a process is only ever killed.
      const code = process.platform === "win32" ? 1006 : 1001;
      const events = code === 1001 ? [] : ["error"];
      for (const page of pages) {
        await page.expectLog([...CONNECTED, ...events, `close  code: ${code}  reason: ""  wasClean: ${code === 1001}`]);
      }
    },
  },
  {
    name: "the browser answers pings, and the page hears nothing of it",
    async run(stage) {
      const server = await open(stage, { HEARTBEAT_INTERVAL: "1000", HANDSHAKE_TIMEOUT: "1000" });
      const page = await stage.open(server);
      await server.printed(/(Pong\s+){3}/);
      await page.press("Send");
      await page.expectLog([...CONNECTED, 'send("Websockets are great")', 'message  data: "WEBSOCKETS ARE GREAT"']);
      await page.expectState("OPEN");
    },
  },
];

export default scenarios;
