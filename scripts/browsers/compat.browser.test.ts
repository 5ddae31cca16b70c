import { declareCompat } from "./compat-suite.ts";

declareCompat(["Chromium"]);
