import { cut, MAX_ID } from "../push/cut.ts";
import type { Posted } from "./post.ts";

/** A run as long as this without a space is no word, and may be a token. */
const MAX_WORD = 24;

/** Parts of a URL that are shorter say nothing: `send`, `v2`. */
const MIN_SECRET = 6;

/** JSON's fields that say why: Apple's and Mozilla's. */
const FIELDS = ["reason", "message", "error"];

/**
 * Why a push service refused, in its words, for people: at most 256 characters, on one line. It may quote what it was asked,
 * so that no part of the subscription's URL, nor anything that looks like a token, is left in them.
 */
export function refusalOf({ status, headers, body }: Posted, subscription: URL): string {
  const isPage = String(headers["content-type"]).startsWith("text/html");
  let words = isPage ? "" : wordsOf(body);
  const parts = `${subscription.pathname}${subscription.search}`.split(/[/?&=]/);
  for (const part of [subscription.href, ...parts]) {
    if (part.length >= MIN_SECRET) words = words.replaceAll(part, "…");
  }
  const readable = words
    .split(/[\s\p{C}"'<>(),;]+/u)
    .map((word) => (word.length > MAX_WORD ? "…" : word))
    .join(" ")
    .trim();
  return cut(readable === "" ? String(status) : `${status} ${readable}`, MAX_ID);
}

function wordsOf(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return body;
  }
  const fields = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const said = FIELDS.map((name) => fields[name]).find((field) => typeof field === "string");
  return typeof said === "string" ? said : "";
}
