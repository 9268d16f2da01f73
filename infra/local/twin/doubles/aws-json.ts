/**
 * A request in AWS's JSON protocol to a double. Answers what that said; rejects if it refused. It is signed by nobody: doubles only want to see
 * that there is a signature.
 */
export async function awsJson(url: string, target: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": target,
      "x-amz-date": "20261123T000000Z",
      authorization: `AWS4-HMAC-SHA256 Credential=twin/20261123/us-east-1/twin/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
