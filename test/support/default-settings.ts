import { settingsOf } from "../../functions/config/settings.ts";
import { loadConfig } from "../../infra/local/config.ts";

/** How a stack is set up that nobody has set up: what the stories go by where a test builds their world itself. */
export const DEFAULT_SETTINGS = settingsOf(loadConfig({}));
