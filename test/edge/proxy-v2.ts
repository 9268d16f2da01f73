/** A header of the PROXY protocol, version 2: the octet of version and command, that of the family, and the addresses. */
export function proxyV2(versionAndCommand: number, family: number, addresses: readonly number[]): Buffer {
  const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
  const { length } = addresses;
  return Buffer.concat([
    signature,
    Buffer.from([versionAndCommand, family, length >> 8, length & 255]),
    Buffer.from(addresses),
  ]);
}
