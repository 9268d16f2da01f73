declare const brand: unique symbol;

/** The edge's name for a WebSocket connection. Never reused, never guessable. */
export type ConnectionId = string & { readonly [brand]: "ConnectionId" };

/** What makes two REGISTERs speak of the same binding of an AoR (`registrar/contact.ts`). */
export type BindingKey = string & { readonly [brand]: "BindingKey" };

/** The name of a stored MESSAGE: its repetition has the same (`app/store-message.ts`). */
export type MessageId = string & { readonly [brand]: "MessageId" };

/** The name of a fork, derived from the request that started it (`proxy/fork-id.ts`). */
export type ForkId = string & { readonly [brand]: "ForkId" };
