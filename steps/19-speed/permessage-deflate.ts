import { deflateRawSync } from "node:zlib";
import type { Extension } from "./header-values.ts";
import type { CompressionOptions } from "./message-compression.ts";

const NAME = "permessage-deflate";

/** The largest window that there is: 2 to the power of 15 bytes. */
const MAX_WINDOW_BITS = 15;

/** A size of a window, 8 to 15, without a leading zero. RFC 7692, section 7.1.2. */
const WINDOW_BITS = /^([89]|1[0-5])$/;

/** What one side would like. */
export type DeflateOptions = {
  /** Whether the server forgets its window after each message; a server with `false` never does. */
  serverNoContextTakeover?: boolean;
  /** Whether the client forgets its window after each message. */
  clientNoContextTakeover?: boolean;
  /** The largest window of the server, 8 to 15: so many bits has a distance in it. */
  serverMaxWindowBits?: number;
  /** The largest window of the client, 8 to 15. A client offers, with `true`, to be limited. */
  clientMaxWindowBits?: number | boolean;
};

/** What both sides have agreed on: the parameters of the server's answer, by their names in it. */
export type Agreement = {
  server_no_context_takeover?: true;
  client_no_context_takeover?: true;
  server_max_window_bits?: number;
  client_max_window_bits?: number;
};

/** The parameters of an offer, which may leave it to the server how large the client's window is. */
export type Offer = Omit<Agreement, "client_max_window_bits"> & { client_max_window_bits?: number | true };

/**
 * A server's choice among what a client offers: the first offer that is correct and that we can
 * keep. `undefined` if there is none. RFC 7692, sections 5 and 7.1.
 */
export function negotiate(offers: readonly Extension[], options: DeflateOptions): Agreement | undefined {
  for (const { name, parameters } of offers) {
    const offer = name === NAME ? readParameters(parameters) : undefined;
    const agreement = offer && agree(offer, options);
    if (agreement !== undefined) return agreement;
  }
  return undefined;
}

/** Throws a `RangeError` if a window has a size that does not exist, or what zlib throws at its options. */
export function checkDeflateOptions(options: DeflateOptions & CompressionOptions): void {
  const { serverMaxWindowBits, clientMaxWindowBits, zlibDeflateOptions } = options;
  for (const bits of [serverMaxWindowBits, clientMaxWindowBits]) {
    if (typeof bits === "number" && !WINDOW_BITS.test(`${bits}`)) {
      throw new RangeError("A window has 8 to 15 bits");
    }
  }
  // Better now than at the first message of each connection.
  deflateRawSync("", zlibDeflateOptions);
}

/** The value of `Sec-WebSocket-Extensions` that says this, in an offer or in an answer. */
export function formatExtension(parameters: Offer): string {
  const entries = Object.entries(parameters);
  return [NAME, ...entries.map(([name, value]) => (value === true ? name : `${name}=${value}`))].join("; ");
}

/** What a client offers. */
export function offer(options: DeflateOptions): Offer {
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits } = options;
  const { clientMaxWindowBits = true } = options;
  return {
    ...(serverNoContextTakeover && { server_no_context_takeover: true }),
    ...(clientNoContextTakeover && { client_no_context_takeover: true }),
    ...(serverMaxWindowBits && { server_max_window_bits: serverMaxWindowBits }),
    ...(clientMaxWindowBits && { client_max_window_bits: clientMaxWindowBits }),
  };
}

/**
 * What a client that has offered this gets from a server's answer. `undefined` if it must fail the
 * connection: RFC 7692, section 7.1, and RFC 6455, section 4.1.
 */
export function accept(answer: readonly Extension[], offered: Offer): Agreement | undefined {
  const [extension] = answer;
  if (extension?.name !== NAME || answer.length > 1) return undefined;
  const parameters = readParameters(extension.parameters);
  if (parameters === undefined) return undefined;
  const { client_max_window_bits: client, ...agreed } = parameters;
  if (offered.server_no_context_takeover && !agreed.server_no_context_takeover) return undefined;
  const serverLimit = agreed.server_max_window_bits ?? MAX_WINDOW_BITS;
  if (serverLimit > (offered.server_max_window_bits ?? MAX_WINDOW_BITS)) return undefined;
  if (client === true || (client && !offered.client_max_window_bits)) return undefined;
  // What we have promised holds, also if the server did not ask for it.
  const clientLimit = lower(client, offered.client_max_window_bits);
  return { ...agreed, ...(clientLimit && { client_max_window_bits: clientLimit }) };
}

function agree(offer: Offer, options: DeflateOptions): Agreement | undefined {
  const { serverNoContextTakeover, clientNoContextTakeover } = options;
  const serverLimit = lower(offer.server_max_window_bits, options.serverMaxWindowBits);
  const clientLimit = lower(offer.client_max_window_bits, options.clientMaxWindowBits);
  if (offer.server_no_context_takeover && serverNoContextTakeover === false) return undefined;
  // Only a client that has offered it may be told how large its window is. RFC 7692, section 7.1.2.2.
  if (clientLimit !== undefined && offer.client_max_window_bits === undefined) return undefined;
  return {
    ...((offer.server_no_context_takeover || serverNoContextTakeover) && { server_no_context_takeover: true }),
    ...((offer.client_no_context_takeover || clientNoContextTakeover) && { client_no_context_takeover: true }),
    ...(serverLimit && { server_max_window_bits: serverLimit }),
    ...(clientLimit && { client_max_window_bits: clientLimit }),
  };
}

/** The lower one of two limits, of which either may be missing. */
function lower(...limits: unknown[]): number | undefined {
  const numbers = limits.filter((limit) => typeof limit === "number");
  return numbers.length > 0 ? Math.min(...numbers) : undefined;
}

/** `undefined` if one of them is unknown, or there twice, or has a wrong value. RFC 7692, section 7. */
function readParameters(parameters: Extension["parameters"]): Offer | undefined {
  const result: Record<string, number | true> = {};
  for (const [name, text] of parameters) {
    const value = readValue(name, text);
    if (value === undefined || Object.hasOwn(result, name)) return undefined;
    result[name] = value;
  }
  return result;
}

function readValue(name: string, value: string | true): number | true | undefined {
  const bits = value !== true && WINDOW_BITS.test(value) ? Number(value) : undefined;
  switch (name) {
    case "server_no_context_takeover":
    case "client_no_context_takeover":
      return value === true ? true : undefined;
    case "server_max_window_bits":
      return bits;
    case "client_max_window_bits":
      return value === true ? true : bits;
    default:
      return undefined;
  }
}
