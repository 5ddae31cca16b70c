import { declarePlayground } from "./playground-suite.ts";

declarePlayground("Chromium");
