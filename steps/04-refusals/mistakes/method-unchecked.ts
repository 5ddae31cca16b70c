// Mistake: Nobody looks at the method: the upgrade event fires for a POST, too.
// Caught by: refuses a POST with 405
// Says: Expected status 405, but the response has 101 (a handshake is a GET).

import { checkRequest } from "../handshake.ts";
import { policy, serve } from "./lib/serve.ts";

serve(({ httpVersion, url, headers, headersDistinct }) =>
  checkRequest({ method: "GET", httpVersion, url, headers, headersDistinct }, policy),
);
