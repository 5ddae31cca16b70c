// Mistake: Nobody looks at the Origin, so every page in the world may connect.
// Caught by: refuses a foreign Origin with 403
// Says: Expected status 403, but the response has 101 (any page in the world could connect with the cookies of its visitor).

import { checkRequest } from "../handshake.ts";
import { policy, serve, withHeaders } from "./lib/serve.ts";

serve((request) => checkRequest(withHeaders(request, { origin: undefined }), policy));
