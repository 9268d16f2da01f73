import type { Secret } from "../keyring/keyring.ts";

/** Octets of a key, at least. */
export const KEY_OCTETS = 32;
/** The id of the key that the first start makes. */
export const FIRST_KEY = "1";

/** Keys as people write them, `ID:BASE64`, or base64 alone for the first one. Throws what is wrong with one, and in which place. */
export function readSecrets(texts: readonly string[], where: string): readonly Secret[] {
  const secrets = texts.map((text, index): Secret => {
    const [, id = FIRST_KEY, base64 = ""] =
      /^(?:([A-Za-z0-9]{1,8}):)?([A-Za-z0-9+/_-]+={0,2})$/.exec(text.trim()) ?? [];
    const key = Buffer.from(base64, "base64");
    if (key.length < KEY_OCTETS) {
      throw new Error(
        `${where}: key ${index + 1} must be ID:BASE64, the base64 of ${KEY_OCTETS} octets or more`,
      );
    }
    return { id, key };
  });
  const ids = secrets.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`${where}: two keys have the id ${twice}`);
  return secrets;
}
