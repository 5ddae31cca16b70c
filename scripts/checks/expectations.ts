import type { HttpResponse } from "./http-response.ts";
import type { RawClient } from "./raw-client.ts";
import { wrongByteOfText } from "./wrong-byte.ts";

/** A header of a response: the value itself, or the token that its comma-separated list must hold. */
export type HeaderExpectation = { name: string; value: string; list?: boolean };

/** Reads a response and expects 101, with nothing in it that makes a browser refuse it. */
export async function expectAccepted(client: RawClient): Promise<HttpResponse> {
  const response = await client.readResponse();
  if (response.status !== 101) throw wrongStatus(client, response, [101], `Expected status 101, but the response has ${response.status}.`);
  if (response.version !== "1.1") throw client.failure(`The 101 says HTTP/${response.version}. A browser demands HTTP/1.1.`);
  for (const name of ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"]) {
    if (response.header(name) !== undefined) {
      throw client.failure(`The response has a header ${name}, but the client offered none (RFC 6455, section 4.1).`);
    }
  }
  return response;
}

/** Expects a header of the response to be this value, or, as a list, to hold this token; case does not count there. */
export function expectHeader(client: RawClient, response: HttpResponse, { name, value, list }: HeaderExpectation): void {
  const actual = response.header(name);
  if (actual === undefined) throw client.failure(`The response has no header ${name}. Expected ${name}: ${value}.`);
  const fits = list
    ? actual.split(",").some((token) => token.trim().toLowerCase() === value.toLowerCase())
    : actual === value;
  if (fits) return;
  const wrongByte = wrongByteOfText(`the value of ${name}`, actual, value);
  throw client.failure(`The response says ${name}: ${actual}. Expected ${name}: ${value}.`, wrongByte);
}

/**
 * Reads a response and expects a refusal: one of these statuses, these headers, a body that says
 * what is wrong, and the end of the connection if the response announces it. `why` explains the
 * demand to whoever has to mend the server.
 */
export async function expectRefused(
  client: RawClient,
  statuses: number | readonly number[],
  why: string,
  headers: readonly HeaderExpectation[] = [],
): Promise<void> {
  const expected = [statuses].flat();
  const response = await client.readResponse(`a response with status ${expected.join(" or ")} (${why})`);
  if (!expected.includes(response.status)) {
    throw wrongStatus(client, response, expected, `Expected status ${expected.join(" or ")}, but the response has ${response.status} (${why}).`);
  }
  for (const header of headers) expectHeader(client, response, header);
  const body = await client.readBody(response);
  if (body.trim() === "") throw client.failure(`The ${response.status} has no body. It should say in a sentence what is wrong (${why}).`);
  const connection = response.header("connection")?.toLowerCase() ?? "";
  if (connection.split(",").some((token) => token.trim() === "close")) await client.expectEnd();
}

function wrongStatus(client: RawClient, { version, status }: HttpResponse, [expected]: readonly number[], message: string): Error {
  const line = (code: number | undefined): string => `HTTP/${version} ${code}`;
  return client.failure(message, wrongByteOfText("the response, its status", line(status), line(expected)));
}
