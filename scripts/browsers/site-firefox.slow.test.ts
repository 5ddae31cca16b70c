import { declareSite, EVERYTHING } from "./site-suite.ts";

declareSite("Firefox", EVERYTHING);
