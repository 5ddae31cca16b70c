import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import puppeteer, { type Browser, type LaunchOptions } from "puppeteer-core";
import { Failure } from "../lib/cli.ts";

/** The browsers that the course is tried in. */
export const browserNames = ["Chromium", "Firefox"] as const;

export type BrowserName = (typeof browserNames)[number];

/** What a page is told about the user's taste. */
export type ColourScheme = "light" | "dark";

export interface BrowserOptions {
  colourScheme?: ColourScheme;
}

/** The environment variable that names a browser's program. */
const VARIABLES = { Chromium: "CHROMIUM_PATH", Firefox: "FIREFOX_PATH" } as const;

/** What the programs are called on Linux, where they are found by PATH. */
const COMMANDS = {
  Chromium: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  Firefox: ["firefox", "firefox-esr"],
} as const;

const MAC_APPLICATIONS = {
  Chromium: [
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
  ],
  Firefox: ["Firefox.app/Contents/MacOS/firefox"],
} as const;

const WINDOWS_PROGRAMS = {
  Chromium: ["Google/Chrome/Application/chrome.exe", "Chromium/Application/chrome.exe"],
  Firefox: ["Mozilla Firefox/firefox.exe"],
} as const;

/** A dying browser may still write to its profile for a moment. */
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 } as const;

/**
 * The program of an installed browser, or `undefined`: what CHROMIUM_PATH or FIREFOX_PATH names, else
 * one of the usual places. Throws a {@link Failure} if the variable names a file that is not there.
 */
export function findBrowser(
  name: BrowserName,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const variable = VARIABLES[name];
  const named = env[variable];
  if (!named) return usualPlaces(name, env).find((path) => existsSync(path));
  if (existsSync(named)) return named;
  throw new Failure(`${variable} is "${named}", but there is no such file.`);
}

/**
 * The reason to skip a test of a browser that is not installed, in one sentence. Where nothing may
 * be skipped, because REQUIRE_BROWSERS is set, it throws a {@link Failure} instead.
 */
export function notInstalled(name: BrowserName): string {
  if (process.env.REQUIRE_BROWSERS) throw new Failure(`${name} is not installed, and REQUIRE_BROWSERS is set.`);
  return `${name} is not installed: set ${VARIABLES[name]} or install it`;
}

export interface LaunchedBrowser {
  browser: Browser;
  /** Ends the browser, and removes its profile. */
  close(): Promise<void>;
}

/**
 * Launches a browser without a window, with a fresh profile. Neither outlives this process, unless
 * it is killed in a way that leaves it no time to clean up.
 */
export async function launchBrowser(
  name: BrowserName,
  executablePath: string,
  options: BrowserOptions = {},
): Promise<LaunchedBrowser> {
  const profile = mkdtempSync(join(profileParent(name), "course-browser-"));
  const remove = () => {
    try {
      rmSync(profile, REMOVAL);
    } catch {
      // We are leaving, and the system clears its temporary folder sooner or later.
    }
  };
  process.once("exit", remove);
  const browser = await puppeteer.launch({
    executablePath,
    userDataDir: profile,
    timeout: 60_000,
    ...(name === "Chromium" ? chromiumOptions() : firefoxOptions(options)),
  });
  // Moved behind puppeteer's own listener, which kills the browser.
  process.off("exit", remove).once("exit", remove);

  const close = async () => {
    await browser.close();
    await rm(profile, REMOVAL);
    process.off("exit", remove);
  };
  return { browser, close };
}

function usualPlaces(name: BrowserName, env: NodeJS.ProcessEnv): string[] {
  const inEach = (folders: (string | undefined)[], names: readonly string[]): string[] =>
    folders.flatMap((folder) => (folder ? names.map((file) => join(folder, file)) : []));

  if (process.platform === "win32") {
    const { PROGRAMFILES, LOCALAPPDATA } = env;
    return inEach([PROGRAMFILES, env["PROGRAMFILES(X86)"], LOCALAPPDATA], WINDOWS_PROGRAMS[name]);
  }
  if (process.platform === "darwin") {
    return inEach(["/Applications", join(homedir(), "Applications")], MAC_APPLICATIONS[name]);
  }
  return inEach((env.PATH ?? "").split(delimiter), COMMANDS[name]);
}

/** The browsers that Ubuntu ships as snaps cannot see our /tmp, only a folder of their own. */
function profileParent(name: BrowserName): string {
  const snap = join(homedir(), "snap", name.toLowerCase(), "common");
  return process.platform === "linux" && existsSync(snap) ? snap : tmpdir();
}

function chromiumOptions(): LaunchOptions {
  const isRoot = process.getuid?.() === 0;
  return {
    browser: "chrome",
    // Through a pipe, it notices even our sudden death.
    pipe: true,
    args: [
      // The sandbox refuses to work for root, and in most containers.
      ...(isRoot || process.env.CI ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  };
}

function firefoxOptions({ colourScheme = "light" }: BrowserOptions): LaunchOptions {
  return {
    browser: "firefox",
    extraPrefsFirefox: {
      // It sends nothing home, and asks for no updates of itself or its lists.
      "datareporting.policy.dataSubmissionEnabled": false,
      "toolkit.telemetry.enabled": false,
      "toolkit.telemetry.server": "data:,",
      "services.settings.server": "data:,",
      "app.normandy.enabled": false,
      "app.update.disabledForTesting": true,
      "browser.safebrowsing.update.enabled": false,
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
      "layout.css.prefers-color-scheme.content-override": colourScheme === "dark" ? 0 : 1,
    },
  };
}
