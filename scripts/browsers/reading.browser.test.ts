import { declareReading } from "./reading-suite.ts";

declareReading("Chromium");
