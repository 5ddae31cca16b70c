// Mistake: Host is read from request.headers, where Node keeps only the first of several.
// Caught by: refuses two Hosts with 400
// Says: Expected status 400, but the response has 101 (two Host headers contradict each other, and Node shows only the first in request.headers).

import { checkRequest } from "../handshake.ts";
import { policy, serve } from "./lib/serve.ts";

serve(({ method, httpVersion, url, headers }) => {
  const host = headers.host === undefined ? {} : { host: [headers.host] };
  return checkRequest({ method, httpVersion, url, headers, headersDistinct: host }, policy);
});
