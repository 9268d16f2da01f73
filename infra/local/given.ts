import type { Dispatcher } from "undici";
import { type Keyring, keyring } from "../../functions/keyring/keyring.ts";
import { selfTest } from "../../functions/keyring/self-test.ts";
import type { Log, Subscriber } from "../../functions/ports.ts";
import type { Between } from "./between.ts";
import type { LocalConfig } from "./config.ts";
import { type Asset, pageAssets } from "./page-assets.ts";
import { secretsOf } from "./secret.ts";
import { readTrunks, type TrunksFile } from "./trunks-file.ts";
import { declaredUsers, declaringVariables, fileUsers } from "./users.ts";

/** What a stack is started with. */
export interface Given {
  readonly config: LocalConfig;
  /** The folder of the built page, undefined for none. */
  readonly page: URL | undefined;
  readonly log: Log;
  readonly clock: () => number;
  /** Connects to browsers' push services. */
  readonly dispatcher: Dispatcher | undefined;
  /** Nothing, but in tests. */
  readonly between: Between;
}

/** What the configuration tells where to read. */
export interface Read extends TrunksFile {
  readonly ring: Keyring;
  /** The users that are declared, by AoR, and the variables that declare them. */
  readonly users: ReadonlyMap<string, Subscriber>;
  readonly declaring: ReadonlyMap<string, string>;
  /** The page's files, by path. */
  readonly assets: ReadonlyMap<string, Asset> | undefined;
}

/** Reads all of it: what is wrong there is found before anything is opened. Throws `ConfigError`. */
export function readGiven({ config, page }: Given): Read {
  const ring = keyring(secretsOf(config));
  selfTest(ring);
  const inFile = fileUsers(config);
  return {
    ring,
    users: declaredUsers([...config.users, ...inFile], config.domains[0]),
    declaring: declaringVariables(config, inFile),
    ...readTrunks(config),
    assets: page && pageAssets(page),
  };
}
