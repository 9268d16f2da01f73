import { generateKeyPairSync } from "node:crypto";

/** A key as Apple hands it out (.p8): another one each time. */
export function appleKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return String(privateKey.export({ type: "pkcs8", format: "pem" }));
}

/** A service account as Google hands it out (JSON): with another key each time. */
export function googleAccount(project = "my-project"): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return JSON.stringify({
    type: "service_account",
    project_id: project,
    private_key_id: "k",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: `push@${project}.iam.gserviceaccount.com`,
  });
}
