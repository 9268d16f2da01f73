import { randomUUID } from "node:crypto";
import type { SnsError } from "./sns-error.ts";

// AWS's Query protocol: a form in, XML out.

const XMLNS = "http://sns.amazonaws.com/doc/2010-03-31/";

/** A list of structures: `prefix.1.Name=a&prefix.1.Value.DataType=String`, each as the values of its fields. */
export function listIn(
  form: URLSearchParams,
  prefix: string,
  fields: readonly string[],
): readonly (readonly string[])[] {
  const list: string[][] = [];
  for (let index = 1; form.has(`${prefix}.${index}.${fields[0]}`); index++) {
    list.push(fields.map((field) => form.get(`${prefix}.${index}.${field}`) ?? ""));
  }
  return list;
}

/** A map: `prefix.entry.1.key=a&prefix.entry.1.value=b`. */
export function mapIn(form: URLSearchParams, prefix: string): ReadonlyMap<string, string> {
  return new Map(
    listIn(form, `${prefix}.entry`, ["key", "value"]).map(([key = "", value = ""]) => [key, value]),
  );
}

/** An answer; `inner` is the XML of its result, or undefined for an action without one. */
export function resultXml(action: string, inner: string | undefined): string {
  const result = inner === undefined ? "" : `<${action}Result>${inner}</${action}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return `<${action}Response xmlns="${XMLNS}">${result}${metadata}</${action}Response>`;
}

export function errorXml({ code, status, message }: Pick<SnsError, "code" | "status" | "message">): string {
  const type = status < 500 ? "Sender" : "Receiver";
  const error = `<Error><Type>${type}</Type>${element("Code", code)}${element("Message", message)}</Error>`;
  return `<ErrorResponse xmlns="${XMLNS}">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
}

export function element(name: string, text: string): string {
  return `<${name}>${escaped(text)}</${name}>`;
}

export function attributesXml(attributes: Iterable<readonly [string, string]>): string {
  const entries = Array.from(
    attributes,
    ([key, value]) => `<entry>${element("key", key)}${element("value", value)}</entry>`,
  );
  return `<Attributes>${entries.join("")}</Attributes>`;
}

/** A page of platform applications; `next` is where the next one begins. */
export function applicationsXml(
  arns: readonly string[],
  attributesOf: (arn: string) => Iterable<readonly [string, string]>,
  next: string | undefined,
): string {
  const members = arns.map((arn) => {
    const application = element("PlatformApplicationArn", arn) + attributesXml(attributesOf(arn));
    return `<member>${application}</member>`;
  });
  const token = next === undefined ? "" : element("NextToken", next);
  return `<PlatformApplications>${members.join("")}</PlatformApplications>${token}`;
}

/** What XML 1.0 has no way to say becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#xD;")
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}
