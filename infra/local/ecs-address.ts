import { isIP } from "node:net";
import { ConfigError } from "../../functions/config/config-error.ts";

const VARIABLE = "ECS_CONTAINER_METADATA_URI_V4";

/** In ms. It is answered on the same machine. */
const TIMEOUT = 5_000;

/**
 * The private address of the ECS task that this process is in, as the task metadata endpoint (version 4) has it; of a container with a
 * network of its own (`awsvpc`), which Fargate's have. Rejects with `ConfigError`.
 */
export async function ecsAddress(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const uri = env[VARIABLE];
  if (uri === undefined)
    throw new ConfigError([`FLEET_HOST=ecs is for tasks of ECS: there is no ${VARIABLE}`]);
  try {
    const response = await fetch(uri, { signal: AbortSignal.timeout(TIMEOUT) });
    const { Networks } = (await response.json()) as Metadata;
    const address = Networks?.flatMap(({ IPv4Addresses = [] }) => IPv4Addresses)[0] ?? "";
    if (isIP(address) === 0) throw new Error(`${response.status}, and no address`);
    return address;
  } catch (error) {
    throw new ConfigError([`FLEET_HOST=ecs: ECS does not say where this task is (${String(error)})`]);
  }
}

/** What we need of what ECS answers. */
interface Metadata {
  readonly Networks?: readonly { readonly IPv4Addresses?: readonly string[] }[];
}
