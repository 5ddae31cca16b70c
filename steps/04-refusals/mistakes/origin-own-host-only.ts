// Mistake: Only its own host counts, so the page from another port of the same machine is locked out.
// Caught by: accepts the Origin of npm start
// Says: Expected status 101, but the response has 403.

import { checkRequest } from "../handshake.ts";
import { policy, serve } from "./lib/serve.ts";

serve((request) => checkRequest(request, { ...policy, allowedOrigins: [] }));
