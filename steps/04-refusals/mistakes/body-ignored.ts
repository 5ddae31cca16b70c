// Mistake: Nobody looks for a body, and Node hands its bytes over as if they were the first frame.
// Caught by: refuses a body with Content-Length with 400
// Says: Expected status 400, but the response has 101 (the body would be read as the first frame).

import { checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) =>
  checkRequest(withHeaders(request, { "content-length": undefined, "transfer-encoding": undefined }), policy),
);
