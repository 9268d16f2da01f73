/** Bundled in place of the SDK's cache of discovered endpoints: nothing that we ask DynamoDB for has any. */
export class EndpointCache {
  get() {
    return undefined;
  }
  set() {}
  has() {
    return false;
  }
  delete() {}
  clear() {}
}
