/** The WebSocket URL of the server that this page is from. */
export const server = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`;
