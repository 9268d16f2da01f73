/**
 * Runs a function with an event, and answers what it returned, both as JSON copies. Rejects with the function's error, or if it took
 * too long.
 */
export type Invoke = (name: string, event: unknown) => Promise<unknown>;
