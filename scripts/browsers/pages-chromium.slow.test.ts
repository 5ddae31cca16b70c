import { declarePages } from "./pages-suite.ts";

declarePages(["Chromium"]);
