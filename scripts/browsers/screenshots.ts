import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Browser } from "puppeteer-core";
import { parseArguments, runMain, UsageError } from "../lib/cli.ts";
import {
  browserNames,
  findBrowser,
  launchBrowser,
  notInstalled,
  type BrowserName,
  type ColourScheme,
} from "./browsers.ts";

const usage = `
Usage: node --import tsx scripts/browsers/screenshots.ts <url-or-file> <out-folder> [--wait <ms>]

A maintainer's tool: takes pictures of a page in each installed browser, 1280 and 390 pixels wide,
dark and light, as <out-folder>/<browser>-<wide|narrow>-<dark|light>.png.

Options:
  --wait <ms>  how long the page may settle after it has loaded (default: 500)
  --help       this text
`;

const WIDTHS = { wide: 1280, narrow: 390 } as const;

await runMain(usage, async (args) => {
  const { values, positionals } = parseArguments(args, { wait: { type: "string" } });
  const [page, folder, ...extra] = positionals;
  if (page === undefined || folder === undefined || extra.length > 0) {
    throw new UsageError("Give a page (a URL or a file) and the folder for the pictures.");
  }
  const wait = Number(values.wait ?? 500);
  if (!(wait >= 0)) throw new UsageError(`--wait is "${values.wait}", but takes milliseconds.`);
  const url = toUrl(page);
  mkdirSync(folder, { recursive: true });

  for (const name of browserNames) {
    const program = findBrowser(name);
    if (program === undefined) {
      console.error(`${notInstalled(name)}.`);
      continue;
    }
    // Firefox can be told the colour scheme at its launch only.
    for (const colourScheme of ["dark", "light"] as const) {
      const { browser, close } = await launchBrowser(name, program, { colourScheme });
      try {
        await takePictures(browser, { name, colourScheme, url, folder, wait });
      } finally {
        await close();
      }
    }
  }
});

interface Pictures {
  name: BrowserName;
  colourScheme: ColourScheme;
  url: string;
  folder: string;
  wait: number;
}

async function takePictures(browser: Browser, pictures: Pictures): Promise<void> {
  const { name, colourScheme, url, folder, wait } = pictures;
  for (const [size, width] of Object.entries(WIDTHS)) {
    const page = await browser.newPage();
    await page.setViewport({ width, height: 800 });
    if (name === "Chromium") {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: colourScheme }]);
    }
    await page.goto(url);
    await sleep(wait);
    const path = join(folder, `${name.toLowerCase()}-${size}-${colourScheme}.png`);
    await page.screenshot({ path: path as `${string}.png`, fullPage: true });
    await page.close();
    console.log(path);
  }
}

function toUrl(page: string): string {
  if (/^(?:https?|file):/.test(page)) return page;
  if (existsSync(page)) return pathToFileURL(resolve(page)).href;
  throw new UsageError(`"${page}" is neither a URL nor a file.`);
}
