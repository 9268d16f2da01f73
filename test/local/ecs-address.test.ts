import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ecsAddress } from "../../infra/local/ecs-address.ts";

/** What the task metadata endpoint (version 4) says of a container on Fargate, in part. */
const CONTAINER = {
  DockerId: "cd189a933e5849daa93386466019ab50-2495160603",
  Name: "edge",
  KnownStatus: "RUNNING",
  Networks: [
    {
      NetworkMode: "awsvpc",
      IPv4Addresses: ["10.0.0.108"],
      AttachmentIndex: 0,
      MACAddress: "0a:62:17:7a:36:68",
      IPv4SubnetCIDRBlock: "10.0.0.0/24",
      PrivateDNSName: "ip-10-0-0-108.ec2.internal",
    },
  ],
};

/** The environment of a container whose metadata endpoint answers so. */
async function environmentWith(status: number, body: string): Promise<Readonly<Record<string, string>>> {
  const server = createServer(({ url }, response) => {
    response.writeHead(url === "/v4/cd189a" ? status : 404).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/cd189a` };
}

test("a task of ECS is at the address that ECS says it has", async () => {
  expect(await ecsAddress(await environmentWith(200, JSON.stringify(CONTAINER)))).toBe("10.0.0.108");
});

test("elsewhere, or if ECS does not say it, there is none, and why is said", async () => {
  await expect(ecsAddress({})).rejects.toThrow("there is no ECS_CONTAINER_METADATA_URI_V4");
  for (const [status, body] of [
    [404, "{}"],
    [500, "not JSON"],
    [200, JSON.stringify({ ...CONTAINER, Networks: [{ NetworkMode: "bridge" }] })],
    [200, JSON.stringify({ ...CONTAINER, Networks: [{ IPv4Addresses: ["edge.internal"] }] })],
  ] as const)
    await expect(ecsAddress(await environmentWith(status, body))).rejects.toThrow("does not say where");
});
