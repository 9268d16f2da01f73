/** An element of an XML document, without its namespaces' meaning. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** The text directly in it, entities resolved. */
  readonly text: string;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const TAG = /<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([A-Za-z_][\w.:-]*)="([^"]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads a UTF-8 document, as octets, without comments and the like. Throws if it is not well-formed (XML 1.0 §2.1). */
export function readXml(octets: string): Element {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(octets, "latin1"));
  if (!text.startsWith(DECLARATION)) throw new Error("no XML declaration");
  // XML 1.0 §2.2 knows no others.
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text))
    throw new Error("no character of XML");
  const document: Draft = { name: "", attributes: {}, children: [], text: "" };
  const open = [document];
  TAG.lastIndex = DECLARATION.length;
  while (TAG.lastIndex < text.length) {
    const { lastIndex } = TAG;
    const match = TAG.exec(text);
    if (match === null)
      throw new Error(`not well-formed at ${lastIndex}: ${text.slice(lastIndex, lastIndex + 40)}`);
    const [, slash, name = "", attributes = "", empty, characters] = match;
    const parent = open.at(-1) ?? document;
    if (characters !== undefined) parent.text += resolved(characters);
    else if (slash === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
    } else {
      const element: Draft = { name, attributes: attributesOf(attributes), children: [], text: "" };
      parent.children.push(element);
      if (empty === "") open.push(element);
    }
  }
  const [root, ...others] = document.children;
  if (root === undefined || others.length > 0 || open.length !== 1 || document.text.trim() !== "") {
    throw new Error("not one element");
  }
  return root;
}

/** The elements of that name directly in an element. */
export function childrenOf({ children }: Element, name: string): readonly Element[] {
  return children.filter((child) => child.name === name);
}

interface Draft extends Element {
  readonly children: Draft[];
  text: string;
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(ATTRIBUTE)) {
    if (name in attributes) throw new Error(`two attributes ${name}`);
    attributes[name] = resolved(value);
  }
  return attributes;
}

function resolved(text: string): string {
  return text.replace(/&(\w*;?)/g, (_, reference: string) => {
    const character = reference.endsWith(";") ? ENTITIES[reference.slice(0, -1)] : undefined;
    if (character === undefined) throw new Error(`no entity: &${reference}`);
    return character;
  });
}
