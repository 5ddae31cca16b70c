import { declareSite, QUICK } from "./site-suite.ts";

declareSite("Chromium", QUICK);
