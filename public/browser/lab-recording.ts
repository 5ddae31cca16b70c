import type { Recording, WireEntry } from "../../scripts/lab/messages.ts";
import { KEPT } from "./lab-store.ts";

const FORMAT = "websockets-from-scratch recording";

/** The largest file that is opened, in bytes: a full recording has about one megabyte. */
export const LARGEST_FILE = 32 * 1024 * 1024;

export function toRecording(slug: string | undefined, entries: WireEntry[]): Recording {
  return { format: FORMAT, version: 1, slug, entries };
}

/** Reads a recording. Throws an error whose message is a sentence for the reader. */
export function parseRecording(text: string): Recording {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("This file is no recording: it is not JSON.");
  }
  if (!isObject(value) || value["format"] !== FORMAT) throw new Error("This file is no recording of the wire view.");
  if (value["version"] !== 1) throw new Error("This recording has a version that this page does not know.");
  const { slug, entries } = value;
  if (!Array.isArray(entries)) throw new Error("This recording has no entries.");
  if (entries.length > 2 * KEPT) throw new Error(`This recording has more than ${2 * KEPT} entries.`);
  let newest = -1;
  const checked = entries.map((entry: unknown, index) => {
    if (!isEntry(entry) || entry.id <= newest) throw new Error(`Entry ${index + 1} of this recording cannot be read.`);
    newest = entry.id;
    return entry;
  });
  return toRecording(typeof slug === "string" && /^[a-z0-9-]{1,80}$/.test(slug) ? slug : undefined, checked);
}

function isEntry(value: unknown): value is WireEntry {
  if (!isObject(value) || !isCount(value["id"]) || !isCount(value["connection"])) return false;
  if (typeof value["time"] !== "number" || !Number.isFinite(value["time"])) return false;
  switch (value["kind"]) {
    case "event":
      return isOneOf(value["what"], ["open", "end", "close", "reset", "refused"]) && isOneOf(value["by"], ["client", "server"]);
    case "head":
      return hasBytes(value) && typeof value["complete"] === "boolean" && mayHaveProblem(value, isNothing);
    case "frame":
      return hasBytes(value) && typeof value["complete"] === "boolean" && isList(value["extensions"], isShortText) && mayHaveProblem(value, isCount);
    case "raw":
      return hasBytes(value) && isShortText(value["reason"]) && mayHaveProblem(value, isCount);
    default:
      return false;
  }
}

/** What the lab keeps of the longest entry, 64 kB, in base64. */
const LONGEST_BYTES = 88_000;

function hasBytes(value: Record<string, unknown>): boolean {
  const { bytes, size, cuts, direction } = value;
  return (
    isOneOf(direction, ["to-server", "to-client"]) &&
    typeof bytes === "string" &&
    bytes.length <= LONGEST_BYTES &&
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(bytes) &&
    isCount(size) &&
    isList(cuts, isCount)
  );
}

/** Frames have a close code in their problem, and handshakes none. */
function mayHaveProblem({ problem }: Record<string, unknown>, isCode: (code: unknown) => boolean): boolean {
  if (problem === undefined) return true;
  return (
    isObject(problem) &&
    isCode(problem["code"]) &&
    isShortText(problem["sentence"]) &&
    isShortText(problem["section"]) &&
    typeof problem["step"] === "string" &&
    /^[a-z0-9-]{1,80}$/.test(problem["step"])
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isNothing = (value: unknown): boolean => value === undefined;
const isShortText = (value: unknown): boolean => typeof value === "string" && value.length <= 2000;
const isOneOf = (value: unknown, known: string[]): boolean => typeof value === "string" && known.includes(value);
const isList = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= 64 && value.every(isItem);
