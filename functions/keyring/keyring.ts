import { hkdfSync, timingSafeEqual } from "node:crypto";
import { aesCounterMode, type CounterMode } from "./ctr.ts";
import { type Hmac, hmacSha256 } from "./hmac.ts";

/** One secret of the operator's: 32 octets or more, and a short name that tokens carry so that keys can rotate. */
export interface Secret {
  /** One to eight letters and digits. */
  readonly id: string;
  readonly key: Uint8Array;
}

/**
 * What only we can make and only we can read. Everything that leaves us and must come back unchanged (nonces, dialog
 * tokens, Via branches) is made here; all of it is a function of its input, so that a step that is run twice says
 * the same thing twice.
 */
export interface Keyring {
  /** A keyed hash of the parts, 128 bits in 22 characters of `[A-Za-z0-9_-]`. Different purposes never agree. */
  mac(purpose: string, ...parts: readonly string[]): string;
  /**
   * Encrypts and authenticates the text together with its context, which does not travel.
   * The token is made of `[A-Za-z0-9_.-]`.
   */
  seal(purpose: string, text: string, context: string): string;
  /** The text of a token that one of our keys sealed for this purpose and context; undefined for any other. */
  open(purpose: string, token: string, context: string): string | undefined;
}

const TAG_OCTETS = 16;
const MAC_CHARACTERS = 22;
const MIN_KEY_OCTETS = 32;
const ID = /^[A-Za-z0-9]{1,8}$/;

/** What is derived from one secret, prepared once. */
interface Keys {
  readonly id: string;
  readonly mac: Hmac;
  readonly tag: Hmac;
  readonly cipher: CounterMode;
}

/**
 * A keyring of the secrets: the first one makes, each one opens. Rotate by putting a new secret first and dropping the
 * old one when nothing it sealed is in use. Throws if there is none or one is unfit.
 */
export function keyring(secrets: readonly Secret[]): Keyring {
  const keys = secrets.map(derive);
  const [current] = keys;
  if (current === undefined) throw new Error("a keyring needs at least one secret");
  return {
    mac: (purpose, ...parts) => current.mac(joined(purpose, parts), "base64url").slice(0, MAC_CHARACTERS),
    seal: (purpose, text, context) => `${current.id}.${sealed(current, purpose, text, context)}`,
    open: (purpose, token, context) => {
      const dot = token.indexOf(".");
      const id = token.slice(0, Math.max(dot, 0));
      const key = keys.find((candidate) => candidate.id === id);
      const text = token.slice(dot + 1);
      const octets = Buffer.from(text, "base64url");
      // Node reads many spellings as the same octets; only the one that we write is a token of ours.
      if (key === undefined || octets.toString("base64url") !== text) return undefined;
      return opened(key, purpose, octets, context);
    },
  };
}

function derive({ id, key }: Secret): Keys {
  if (!ID.test(id)) throw new Error(`a secret's id must be 1 to 8 letters and digits, not "${id}"`);
  if (key.length < MIN_KEY_OCTETS) {
    throw new Error(`secret "${id}" has ${key.length} octets and needs at least ${MIN_KEY_OCTETS}`);
  }
  const subkey = (use: string) =>
    new Uint8Array(hkdfSync("sha256", key, "", `sipwake ${use}`, MIN_KEY_OCTETS));
  return {
    id,
    mac: hmacSha256(subkey("mac")),
    tag: hmacSha256(subkey("tag")),
    cipher: aesCounterMode(subkey("cipher")),
  };
}

/**
 * A synthetic initialisation vector (the construction of RFC 5297, with HMAC-SHA-256 and AES-CTR): the tag
 * authenticates and is the counter block, so no randomness is needed and the same text seals to the same token.
 */
function sealed(keys: Keys, purpose: string, text: string, context: string): string {
  const message = Buffer.from(tagOf(keys, purpose, text, context) + text, "latin1");
  keys.cipher(message);
  return message.toString("base64url");
}

/** Decrypts in place. */
function opened(keys: Keys, purpose: string, token: Buffer, context: string): string | undefined {
  if (token.length < TAG_OCTETS) return undefined;
  keys.cipher(token);
  const text = token.toString("latin1", TAG_OCTETS);
  const tag = Buffer.from(tagOf(keys, purpose, text, context), "latin1");
  return timingSafeEqual(token.subarray(0, TAG_OCTETS), tag) ? text : undefined;
}

function tagOf(keys: Keys, purpose: string, text: string, context: string): string {
  return keys.tag(joined(purpose, [context, text]), "binary").slice(0, TAG_OCTETS);
}

/** Each part goes in with its length, so that no two lists of parts read alike. */
function joined(purpose: string, parts: readonly string[]): string {
  let input = purpose;
  for (const part of parts) input += `\0${part.length}:${part}`;
  return input;
}
