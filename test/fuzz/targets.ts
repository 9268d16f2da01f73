import { DECISION_TARGETS } from "./decision-targets.ts";
import { GATEWAY_TARGETS } from "./gateway-targets.ts";
import { MESSAGE_TARGETS } from "./message-targets.ts";
import type { Target } from "./target.ts";
import { VALUE_TARGETS } from "./value-targets.ts";

/** All that reads what strangers write. */
export const TARGETS: readonly Target[] = [
  ...MESSAGE_TARGETS,
  ...VALUE_TARGETS,
  ...DECISION_TARGETS,
  ...GATEWAY_TARGETS,
];
