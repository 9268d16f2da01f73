import { readFileSync } from "node:fs";

const FOLDER = new URL("../../dist/functions/", import.meta.url);

interface Imported {
  readonly path: string;
  readonly kind: string;
}

/** What esbuild says of the bundles. */
interface Meta {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly Imported[] }>>;
  readonly outputs: Readonly<
    Record<
      string,
      { readonly bytes: number; readonly imports: readonly Imported[]; readonly entryPoint?: string }
    >
  >;
}

const META = JSON.parse(readFileSync(new URL("meta.json", FOLDER), "utf8")) as Meta;

/** The source files of ours that a function's bundle is made of, those that are loaded when they are needed included. */
export function sourcesOf(name: string): readonly string[] {
  const isOurs = (path: string) => path.startsWith("functions/") && path in META.inputs;
  return reached(`functions/${name}.ts`, (file) => importsIn(META.inputs[file]).filter(isOurs));
}

/** How many octets are loaded before a function can be called. */
export function sizeOf(name: string): number {
  const [entry = ""] =
    Object.entries(META.outputs).find(([, { entryPoint }]) => entryPoint === `functions/${name}.ts`) ?? [];
  const isLoaded = ({ path, kind }: Imported) => kind === "import-statement" && path in META.outputs;
  const files = reached(entry, (file) =>
    (META.outputs[file]?.imports ?? []).filter(isLoaded).map(({ path }) => path),
  );
  return files.reduce((octets, file) => octets + (META.outputs[file]?.bytes ?? 0), 0);
}

/** What is loaded later is bundled by itself: its source has the same name. */
const LATER = /^\.\.\/later\/(.*)\.mjs$/;

function importsIn(input: Meta["inputs"][string] | undefined): readonly string[] {
  return (input?.imports ?? []).map(({ path }) => {
    const [, name] = LATER.exec(path) ?? [];
    return (name && Object.keys(META.inputs).find((file) => file.endsWith(`/${name}.ts`))) ?? path;
  });
}

function reached(from: string, next: (file: string) => readonly string[]): readonly string[] {
  const files = new Set([from]);
  for (const file of files) for (const other of next(file)) files.add(other);
  return [...files];
}
