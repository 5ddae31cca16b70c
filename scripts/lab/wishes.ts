import type { ToLab } from "./messages.ts";

const DIRECTIONS = new Set<unknown>(["to-server", "to-client"]);
const MODES = new Set<unknown>(["as-is", "bytes", "gather", "delay"]);

/** Reads what a page has sent: a wish that is exactly as `messages.ts` says, or `undefined`. */
export function readWish(text: string): ToLab | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { type, ...rest } = value as Record<string, unknown>;
  const names = Object.keys(rest).sort().join(" ");
  switch (type) {
    case "start":
      return names === "slug" && typeof rest["slug"] === "string" ? { type, slug: rest["slug"] } : undefined;
    case "stop":
    case "start-client":
    case "stop-client":
    case "clear":
    case "only-practice":
      return names === "" ? { type } : undefined;
    case "rechunk":
      return names === "direction mode" && DIRECTIONS.has(rest["direction"]) && MODES.has(rest["mode"])
        ? (value as ToLab)
        : undefined;
    case "ack":
      return names === "batch" && Number.isSafeInteger(rest["batch"]) ? { type, batch: rest["batch"] as number } : undefined;
    default:
      return undefined;
  }
}
