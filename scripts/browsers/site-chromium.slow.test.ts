import { declareSite, EVERYTHING } from "./site-suite.ts";

declareSite("Chromium", EVERYTHING);
