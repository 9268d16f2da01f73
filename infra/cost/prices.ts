/** What AWS takes, in US dollars, without free tiers: us-east-1, on demand. Prices change: look before you sign. */
export const PRICES = {
  region: "us-east-1",
  date: "2026-11-23",

  // Each as price pages and their quotations of 2025 and 2026 have it.
  /** API Gateway, WebSocket: a million messages up to a thousand millions a month, and beyond. */
  gatewayMessages: [
    [1_000, 1.0],
    [Number.POSITIVE_INFINITY, 0.8],
  ],
  /** A million minutes of connections. */
  gatewayMinutes: 0.25,
  /** A million runs, and a GB-second on arm64. */
  lambdaRuns: 0.2,
  lambdaGbSecond: 0.0000133334,
  /** DynamoDB on demand: a million units. */
  writeUnits: 0.625,
  readUnits: 0.125,
  /** A million requests; an alarm is three: sent, received, deleted. */
  sqsRequests: 0.4,
  /** A million publishes, and a million deliveries to phones. */
  snsPublishes: 0.5,
  snsDeliveries: 0.5,

  // ASSUMED: from general knowledge, not looked up again in November 2026.
  /** A GB of data out to the internet: up to 10 TB in a month, 50, 150 and beyond. */
  dataOut: [
    [10_000, 0.09],
    [40_000, 0.085],
    [100_000, 0.07],
    [Number.POSITIVE_INFINITY, 0.05],
  ],
  /** A GB of log taken in by CloudWatch. */
  logs: 0.5,
  /** A GB of records in a month, and of their point-in-time recovery. */
  storage: 0.25,
  recovery: 0.2,
  /** Fargate on arm64: an hour of a vCPU, and of a GB. */
  fargateVcpu: 0.03238,
  fargateGb: 0.00356,
  /** Network Load Balancer: an hour, and an hour of a capacity unit. */
  loadBalancer: 0.0225,
  loadBalancerUnit: 0.006,
  /** An hour of a public IPv4 address. */
  address: 0.005,
  /** A month: a secret, a metric of our own, an alarm, a dashboard. */
  secret: 0.4,
  metric: 0.3,
  alarm: 0.1,
  dashboard: 3,
} as const;

/** The price of an amount, each part of it in its tier. Tiers are as wide as they say, the last one without end. */
export function tiered(amount: number, tiers: readonly (readonly [width: number, price: number])[]): number {
  let left = amount;
  let cost = 0;
  for (const [width, price] of tiers) {
    const part = Math.min(left, width);
    cost += part * price;
    left -= part;
  }
  return cost;
}
