/** What a double on some URL does not care about, and the SDK insists on. */
export const DOUBLE = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
} as const;
