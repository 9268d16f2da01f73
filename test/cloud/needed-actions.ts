// The functions share their code, and could ask the same of AWS, all of them. What each does ask, its story says.

/** A call that moves: records, connections, alarms, pushes. */
const STORY = [
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:DeleteItem",
  "execute-api:ManageConnections",
  "sqs:SendMessage",
  "sns:CreatePlatformEndpoint",
  "sns:SetEndpointAttributes",
  "sns:Publish",
];

/** What each function's stories ask of AWS. */
export const NEEDED: Readonly<Record<string, readonly string[]>> = {
  // Who may connect, the handshake and tokens say; what he may begin, his record.
  connect: ["dynamodb:GetItem"],
  authorizer: ["dynamodb:GetItem"],
  message: STORY,
  disconnect: STORY,
  alarm: STORY,
  // Whose endpoint it is that died.
  "push-feedback": [...STORY, "sns:GetEndpointAttributes"],
  // Whose time has come.
  look: [...STORY, "dynamodb:Query"],
};

/** What Lambda does in the name of each. */
export const LAMBDAS: Readonly<Record<string, readonly string[]>> = {
  alarm: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
};
