import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LabAddress } from "../lab/messages.ts";
import { courseRoot } from "./root.ts";

/** Where `npm start` serves the site unless it is told another port; the servers let its pages in. */
export const USUAL_SITE = "http://localhost:3000";

/** The file in which `npm start` says where site and lab are. The site serves it too. */
export const addressFile = join(courseRoot, "public", "lab.json");

/** The address of the site that an `npm start` of this course serves at this moment, if one runs. */
export async function findRunningSite(): Promise<string | undefined> {
  try {
    const { site } = JSON.parse(readFileSync(addressFile, "utf8")) as LabAddress;
    if (site === undefined) return undefined;
    // The file outlives a process that was killed, so the site has to say it itself.
    const response = await fetch(`${site}/lab.json`, { signal: AbortSignal.timeout(1000) });
    const answer = (await response.json()) as LabAddress;
    return answer.site === site ? site : undefined;
  } catch {
    return undefined;
  }
}
