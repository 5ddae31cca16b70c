import { withPage } from "./debugger.ts";

// A browser's debugger is a WebSocket server. This program starts the browser that it is given, and
// is its debugger: it opens a page, and asks it two questions.

const [program = "chromium", url = "data:text/html,<title>Websockets are great</title>"] = process.argv.slice(2);

await withPage(program, url, async (page, commander) => {
  console.log(`The title of the page: ${await page.evaluate("document.title")}`);
  console.log(`1 + 1 is ${await page.evaluate("1 + 1")}`);
  console.log(`${commander.sent} messages sent, ${commander.received} received`);
});
