// Mistake: A redirect is followed, and nobody has asked the application.
// Caught by: does not follow a redirect
// Says: Expected the text "error …" (a redirect is for the application to decide on), but nothing came within 2000 ms.

import { serve } from "./lib/serve.ts";

serve({ followsRedirects: true });
