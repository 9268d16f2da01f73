/** Octets of a WAV file's head, as it is written here and by most. */
const HEAD = 44;
/** Of a sample. */
const WIDTH = 2;

/** A tone of 400 Hz: one channel, 8,000 samples of 16 bits a second. */
export function tone(seconds: number): Buffer {
  const [rate, pitch, loud] = [8_000, 400, 8_000];
  const length = seconds * rate * WIDTH;
  const file = Buffer.alloc(HEAD + length);
  file.write("RIFF", 0);
  file.writeUInt32LE(HEAD - 8 + length, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * WIDTH, 28);
  file.writeUInt16LE(WIDTH, 32);
  file.writeUInt16LE(8 * WIDTH, 34);
  file.write("data", 36);
  file.writeUInt32LE(length, 40);
  for (let n = 0; n < seconds * rate; n++)
    file.writeInt16LE(Math.round(loud * Math.sin((2 * Math.PI * pitch * n) / rate)), HEAD + n * WIDTH);
  return file;
}

/** The loudest sample of a file of 16 bits, which need not be complete: 0 for silence, at most 32,768. */
export function loudest(file: Buffer): number {
  let most = 0;
  for (let at = HEAD; at + WIDTH <= file.length; at += WIDTH)
    most = Math.max(most, Math.abs(file.readInt16LE(at)));
  return most;
}
