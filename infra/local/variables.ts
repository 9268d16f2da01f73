import { VARIABLES as SHARED, type Variables } from "../../functions/config/variables.ts";

/** Every variable of the demo on a machine of one's own, its default and its meaning: `--help` prints this, and nothing else is read. */
export const VARIABLES = {
  HOST: ["127.0.0.1", "address to listen on"],
  PORT: ["8080", "port for HTTP and WebSocket"],
  OPS_HOST: ["127.0.0.1", "address to listen on for those who run this"],
  OPS_PORT: ["", "port for their /metrics, beside /healthz and /readyz, which PORT has, too; unset: none"],
  DRAIN_SECONDS: ["0", "how long /readyz says 503 before connections are closed when this is told to stop"],
  TCP_PORT: ["", "port for SIP over TCP, usually 5060; unset: none"],
  TLS_PORT: ["", "port for SIP over TLS, usually 5061; unset: none"],
  WSS_PORT: ["", "port for HTTPS and WebSocket over TLS; unset: none"],
  TLS_CERT_FILE: ["", "the certificate for those two and its chain, PEM; read again when it changes"],
  TLS_KEY_FILE: ["", "its key, PEM"],
  PUBLIC_TCP: ["", "host or host:port where TCP clients connect to, if not to HOST and TCP_PORT"],
  PUBLIC_TLS: ["", "the same for TLS; unset: the first of SIP_DOMAINS, and TLS_PORT"],
  TRUSTED_PROXIES: [
    "",
    "networks of proxies whose PROXY protocol and X-Forwarded-For are believed: 10.0.0.0/8,…",
  ],
  TRUNKS_FILE: ["", "JSON file of trunks: peers that bring calls from anybody, and take calls to numbers"],
  SIP_USERS: ["alice:sipwake,bob:sipwake", "user:password, separated by commas"],
  SIP_USERS_FILE: ["", "CSV file of user,password, loaded at start, beside SIP_USERS"],
  DATA_DIR: [".sipwake", "where LMDB records and the secret key are kept"],
  RECORDS: ["lmdb", "lmdb | memory | dynamodb"],
  TABLE: ["", "DynamoDB table for RECORDS=dynamodb; created if it does not exist"],
  FLEET_HOST: [
    "",
    "private address where other edges over the same table reach this one, or ecs: that of the ECS task that this is; unset: there are none",
  ],
  FLEET_PORT: ["8081", "port there; 0: any"],
  FLEET_URL: [
    "",
    "how they name that, if not http://FLEET_HOST:FLEET_PORT; it must lead to this process alone",
  ],
  FLEET_LEASE_SECONDS: ["15", "how long an edge that died counts as alive, and one without DynamoDB serves"],
  ...SHARED,
  APNS_KEY_FILE: ["", "push to iPhones directly: the .p8 file with the key for APNs"],
  APNS_KEY_ID: ["", "what Apple calls that key"],
  APNS_TEAM_ID: ["", "what Apple calls the team whose key it is"],
  APNS_BUNDLES: ["", "bundle ids of the apps that are pushed with it, separated by commas"],
  FCM_SERVICE_ACCOUNT: ["", "push to Android phones directly: the JSON file of a Google service account"],
  REQUEST_BURST: ["200", "requests at once over one connection; beyond: 503, and then it is closed"],
  REQUESTS_PER_SECOND: ["40", "and after those; 0: no limit"],
  MAX_CONNECTIONS: ["50000", "at a time; 0: no limit"],
  ADDRESS_CONNECTIONS: ["1000", "at a time from one address, and new ones a minute; 0: no limit"],
  CONNECTS_PER_SECOND: ["500", "new connections from all addresses; 0: no limit"],
  PROOF_SECONDS: ["30", "a connection over which nobody has proved who he is by then is closed"],
  USER_GUESSES: [
    "10",
    "wrong passwords for one user from one address in ten minutes, then refused (403); 0: no limit",
  ],
  ADDRESS_GUESSES: ["50", "wrong passwords from one address in ten minutes, then refused (403); 0: no limit"],
} as const satisfies Variables;

export type Variable = keyof typeof VARIABLES;

/** The same for an edge in production: it has no users that nobody named, and no domain that is nobody's. */
export const EDGE_VARIABLES: Readonly<Record<Variable, Variables[string]>> = {
  ...VARIABLES,
  SIP_DOMAINS: ["", `${VARIABLES.SIP_DOMAINS[1]}; must be set`],
  SIP_USERS: ["", VARIABLES.SIP_USERS[1]],
};
