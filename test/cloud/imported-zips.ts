import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { LAMBDA_ENVIRONMENT } from "./lambda-environment.ts";
import type { Packaged } from "./packaged.ts";
import { at, functionsOf, resourcesOf } from "./template.ts";

const HANDSHAKE = { headers: { Host: "localhost", "Sec-WebSocket-Protocol": "sip" } };
const CONNECTED = { requestContext: { connectionId: "L0SM9cOFvHcCIhw=" }, isBase64Encoded: false };

/** What each function is asked: nothing that needs AWS, but `disconnect` and `look`, which say that they could not reach it. */
const EVENTS: Readonly<Record<string, unknown>> = {
  connect: { ...HANDSHAKE, ...CONNECTED },
  // A pong (RFC 7118 §6).
  message: { ...CONNECTED, body: "\r\n" },
  disconnect: CONNECTED,
  alarm: { Records: [] },
  "push-feedback": { Records: [] },
  look: {},
  authorizer: {
    ...HANDSHAKE,
    type: "REQUEST",
    methodArn: "arn:aws:execute-api:eu-central-1:111122223333:a/prod/$connect",
  },
};

/** Imports a module by its handler's name, calls that, and prints what it answers, undefined as null. */
const CALL = `
const [module, name, event] = process.argv.slice(1);
const { [name]: handler } = await import(module);
const answer = handler(JSON.parse(event));
if (!(answer instanceof Promise)) throw new Error("no async handler");
process.stdout.write("\\n" + JSON.stringify((await answer) ?? null));
`;

/** What every function answers as its zip file has it, unpacked where nothing else is, in a process of its own; by name. */
export async function importedZips({
  folder,
  template,
}: Packaged): Promise<Readonly<Record<string, unknown>>> {
  const answers: Record<string, unknown> = {};
  const functions = resourcesOf(template, "AWS::Lambda::Function");
  for (const [resource, name] of functionsOf(template)) {
    const properties = functions.get(resource);
    const code = join(folder, "unpacked", name);
    unpack(join(folder, `${name}.zip`), code);
    const [module = "", exported = ""] = String(at(properties, "Handler")).split(".");
    const variables = at(properties, "Environment", "Variables") as Readonly<Record<string, string>>;
    const args = [
      "--input-type=module",
      "--eval",
      CALL,
      join(code, `${module}.mjs`),
      exported,
      JSON.stringify(EVENTS[name]),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...variables, ...LAMBDA_ENVIRONMENT },
    });
    answers[name] = JSON.parse(stdout.split("\n").at(-1) ?? "");
  }
  return answers;
}

function unpack(zip: string, folder: string): void {
  for (const [name, content] of Object.entries(unzipSync(readFileSync(zip)))) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
