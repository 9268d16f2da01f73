import { WEB_PUSH_HOSTS } from "../location/push-host.ts";
import { LOG_LEVELS } from "../log.ts";

/** What is set the same way wherever sipwake runs: each variable, its default and its meaning. */
export const VARIABLES = {
  SIP_DOMAINS: ["localhost", "domains that are ours, separated by commas; the first is the users'"],
  SECRET_KEYS: [
    "",
    "id:base64 keys that seal and open tokens, separated by commas; else secret.key in DATA_DIR",
  ],
  BUCKET_SECONDS: ["25", "how long a call waits for a pushed phone to register; other requests 20 s at most"],
  HEDGE_MS: [
    "2000",
    "how long a phone that looks online may be silent before it is pushed as well; 0: for ever",
  ],
  TURN_SECONDS: ["20", "how long the contacts of one q ring before those of the next lower one do"],
  CANCEL_PUSHES: ["on", "on | off: tell an FCM phone by push that the call it was pushed for is over"],
  DEVICE_PUSHES: ["20", "calls and messages that wake one phone in ten minutes; 0: no limit"],
  CALLER_PUSHES: ["60", "phones that one caller wakes in ten minutes; 0: no limit"],
  PAIR_PUSHES: ["10", "pushes to one phone that one caller causes in ten minutes; 0: no limit"],
  SHARE_TOKENS: ["off", "on | off: whether several users may be woken by one phone's token, each of them"],
  SNS_APPLICATIONS: ["", "push through SNS: app=arn of platform applications, separated by commas"],
  VAPID_PRIVATE_KEY: ["", "key that web pushes are signed with, base64url; made once and kept in DATA_DIR"],
  VAPID_PUBLIC_KEY: ["", "its public key, base64url; only to check that the two belong together"],
  VAPID_SUBJECT: [
    "",
    "mailto: or https: URI of whoever runs this, for push services; mailto:postmaster@ your domain",
  ],
  WEB_PUSH_HOSTS: [
    WEB_PUSH_HOSTS.join(","),
    "hosts that browsers' push subscriptions may be at, separated by commas",
  ],
  JWT_JWKS_URL: ["", "take bearer tokens: where their issuer's keys are (JWK Set); https"],
  JWT_KEY_FILE: ["", "or a file with its key: a public one in PEM, a JWK or a JWK Set, or a secret as a JWK"],
  JWT_ISSUER: ["", "who issues tokens (iss)"],
  JWT_AUDIENCE: ["", "whom tokens must be for (aud): us"],
  JWT_CLAIM: ["sub", "the claim that names the user: a name of the first domain, or a SIP URI"],
  JWT_RIGHTS_CLAIM: [
    "",
    "the claim that says what the user may begin: calls, messages, domain:NAME; unset: as the records say",
  ],
  JWT_COOKIE: ["", "the cookie that may hold a token when a page connects"],
  JWT_AUTHZ_SERVER: ["", "where clients get tokens, https, as challenges say; JWT_ISSUER if it is not set"],
  JWT_SCOPE: ["", "what a token must be good for, as challenges say"],
  CHALLENGES: [
    "",
    "bearer,sha-256,md5: how one may prove who one is, the most preferred first; unset: sha-256,md5, and bearer before them with JWT_…",
  ],
  MESSAGE_STORE: ["on", "on | off: whether a MESSAGE for a phone that sleeps is kept, at most 7 days"],
  MIN_EXPIRES: ["60", "seconds; a shorter registration is refused (423)"],
  DEFAULT_EXPIRES: ["3600", "seconds that a client gets that does not ask"],
  MAX_EXPIRES: ["3600", "seconds; the most for a contact that cannot be pushed"],
  MIN_PUSH_EXPIRES: ["180", "seconds; the least for one that can: a push must be able to refresh it in time"],
  MAX_PUSH_EXPIRES: [
    "2592000",
    "seconds; the most for one that can (30 days): a phone that was off still rings",
  ],
  GRACE_SECONDS: ["5", "how long past its end a contact is still used"],
  FLOW_TIMER: ["300", "seconds in which an outbound client shall show that its flow works"],
  MAX_CONTACTS: ["10", "contacts of one address; the sleeping one that ends first makes room"],
  MAX_CONTACT_OCTETS: ["2048", "octets of one contact, push token and Path included"],
  IDLE_LIMIT: [
    "",
    "seconds after which something in front of us cuts idle connections; clients refresh before",
  ],
  ORIGINS: ["", "origins whose pages may connect beside our own, separated by commas; *: any"],
  LOG_LEVEL: ["info", LOG_LEVELS.join(" | ")],
  LOG_AORS: ["hashed", "hashed | plain: how users are named in the log; hashed by a key of ours"],
} as const satisfies Variables;

export type Variable = keyof typeof VARIABLES;

/** Variables by name, each with its default ("" for none) and what it means to people. */
export type Variables = Readonly<Record<string, readonly [fallback: string, meaning: string]>>;
