import { declareLab } from "./lab-suite.ts";

declareLab("Chromium");
