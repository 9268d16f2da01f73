import { VARIABLES } from "../../functions/cloud/cloud-config.ts";
import { at, functionsOf, resourcesOf, type Template } from "./template.ts";

const SECRETS: readonly string[] = ["SECRET_KEYS", "VAPID_PRIVATE_KEY"];
/** What CloudFormation looks up in Secrets Manager. */
const REFERENCE = /^\{\{resolve:secretsmanager:[\w/:.+=@-]+:SecretString\}\}$/;

/** What is wrong with the functions' environments: variables that nobody reads, secrets that everybody could. */
export function environmentFaults(template: Template): readonly string[] {
  const faults: string[] = [];
  const functions = resourcesOf(template, "AWS::Lambda::Function");
  for (const [resource, name] of functionsOf(template)) {
    const variables = Object.entries(at(functions.get(resource), "Environment", "Variables") ?? {});
    for (const [variable, value] of variables) {
      if (!Object.hasOwn(VARIABLES, variable)) faults.push(`${name}: nobody reads ${variable}`);
      if (SECRETS.includes(variable) && !REFERENCE.test(String(value)))
        faults.push(`${name}: ${variable} is plain`);
    }
  }
  return faults;
}
