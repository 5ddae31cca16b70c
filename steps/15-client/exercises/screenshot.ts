import { writeFileSync } from "node:fs";
import { withPage } from "./debugger.ts";

const [program = "chromium", url = "http://localhost:3000", file = "page.png"] = process.argv.slice(2);

await withPage(program, url, async (page) => {
  const picture = Buffer.from(await page.picture(), "base64");
  writeFileSync(file, picture);
  console.log(`${file} has ${picture.length} bytes`);
});
