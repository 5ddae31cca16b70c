// Mistake: The application may close with any number, 1006 included.
// Caught by: sends no code that must not be sent
// Says: A close frame with code 1006 came, and nobody may send this code.

import { serve } from "./lib/serve.ts";

serve({ mayClose: () => true });
