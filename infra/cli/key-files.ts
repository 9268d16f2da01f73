/** Where the keys are that SNS shall push with: Apple's, Google's or both. */
export interface KeyFiles {
  readonly apple:
    | {
        readonly file: string;
        readonly keyId: string;
        readonly teamId: string;
        readonly bundles: readonly string[];
      }
    | undefined;
  readonly google: { readonly file: string } | undefined;
}

interface Options {
  readonly "apns-key"?: string | undefined;
  readonly "key-id"?: string | undefined;
  readonly "team-id"?: string | undefined;
  readonly bundle?: readonly string[] | undefined;
  readonly fcm?: string | undefined;
}

const OF_APPLE = ["apns-key", "key-id", "team-id", "bundle"] as const;

/** The keys that the options name; or what is missing, for people. */
export function keyFiles(options: Options): KeyFiles | string {
  const { "apns-key": file, "key-id": keyId, "team-id": teamId, bundle: bundles, fcm } = options;
  const google = fcm === undefined ? undefined : { file: fcm };
  if (file !== undefined && keyId !== undefined && teamId !== undefined && bundles !== undefined)
    return { apple: { file, keyId, teamId, bundles }, google };
  const given = OF_APPLE.filter((option) => options[option] !== undefined);
  const missing = OF_APPLE.filter((option) => options[option] === undefined);
  if (given.length > 0) return `--${given[0]} also needs --${missing.join(" and --")}`;
  if (google === undefined) return "aws setup-push needs --apns-key or --fcm";
  return { apple: undefined, google };
}
