import { declareLab } from "./lab-suite.ts";

declareLab("Firefox");
