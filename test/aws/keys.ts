import { ecKeys, rsaKeys } from "../support/key-pair.ts";

/** A key as Apple hands it out (.p8): another one each time. */
export function appleKey(): string {
  const { privateKey } = ecKeys();
  return String(privateKey.export({ type: "pkcs8", format: "pem" }));
}

/** A service account as Google hands it out (JSON): with another key each time. */
export function googleAccount(project = "my-project"): string {
  const { privateKey } = rsaKeys();
  return JSON.stringify({
    type: "service_account",
    project_id: project,
    private_key_id: "k",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: `push@${project}.iam.gserviceaccount.com`,
  });
}
