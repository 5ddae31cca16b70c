import assert from "node:assert/strict";
import type { Scenario } from "../../scripts/browsers/scenario.ts";

const NEW = 'new WebSocket("ws://localhost:8000")';
const CLOSE_1006 = 'close  code: 1006  reason: ""  wasClean: false';

const scenarios: Scenario[] = (["site", "file"] as const).map((source) => ({
  name: `refuses the 101, in the words that lesson and page quote (page from the ${source})`,
  async run(stage) {
    const server = await stage.server();
    const page = await stage.open(server, source);
    await server.printed("Upgrading to WebSocket protocol");
    await page.expectState("CLOSED");
    await page.expectLog([NEW, "error", CLOSE_1006]);

    const words = await page.expectWords(/ws:/);
    stage.assertLessonQuotes(words);
    const { note } = await page.look();
    const reason = words.replace("WebSocket connection to 'ws://localhost:8000/' failed: ", "");
    assert.ok(note.includes(reason), `the page does not quote "${reason}":\n${note}`);
  },
}));

scenarios.push({
  name: "connects again at the press of a button",
  async run(stage) {
    const page = await stage.open(await stage.server());
    await page.expectLog([NEW, "error", CLOSE_1006]);
    await page.press("Connect again");
    await page.expectLog([NEW, "error", CLOSE_1006, NEW, "error", CLOSE_1006]);
    await page.expectState("CLOSED");
  },
});

export default scenarios;
