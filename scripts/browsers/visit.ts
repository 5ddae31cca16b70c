import type { Browser } from "puppeteer-core";
import { findBrowser, launchBrowser, notInstalled, type BrowserName } from "./browsers.ts";
import { startTestSite, type TestSite } from "./test-site.ts";

/** The site, and a browser that looks at it. */
export interface Visit {
  site: TestSite;
  browser: Browser;
  /** Ends both. */
  end(): Promise<void>;
}

/** Why a test cannot run, in a sentence for its `skip`; false if the browser is there. */
export function isMissing(name: BrowserName): string | false {
  return findBrowser(name) === undefined && notInstalled(name);
}

/** Serves the site and launches the browser, at the same time. */
export async function startVisit(name: BrowserName): Promise<Visit> {
  const [site, launched] = await Promise.all([startTestSite(), launchBrowser(name, findBrowser(name) ?? "")]);
  return {
    site,
    browser: launched.browser,
    end: async () => {
      await Promise.allSettled([launched.close(), site.stop()]);
    },
  };
}
