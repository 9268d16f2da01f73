import { once } from "node:events";
import type { ServerHttp2Stream, Settings } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Http2Client, http2Client } from "../../functions/providers/http2-client.ts";
import { type ApnsDouble, startApnsDouble } from "./doubles/apns-double.ts";

const TOKEN = "c0ffee".repeat(11);
const HEADERS = {
  "apns-id": "f2a2a5f0-6c52-4c2b-9d6e-0d8a3b5c7e11",
  "apns-push-type": "alert",
  "apns-topic": "com.example.app",
  "apns-priority": "10",
  "apns-expiration": "0",
};
const TIME = 5_000;

interface Story {
  readonly double: ApnsDouble;
  readonly client: Http2Client;
  readonly post: (time?: number) => ReturnType<Http2Client["post"]>;
  /** Lets time pass by our clock, in ms. */
  readonly pass: (ms: number) => void;
}

async function story(settings: Settings = {}): Promise<Story> {
  const double = await startApnsDouble(undefined, settings);
  let now = 1_000_000;
  const client = http2Client(double.origin, () => now, double.ca);
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await double.close();
  };
  onTestFinished(async () => {
    await close();
    await client.close();
  });
  return {
    double: { ...double, close },
    client,
    post: (time = TIME) => client.post(`/3/device/${TOKEN}`, HEADERS, '{"aps":{}}', time),
    pass: (ms) => {
      now += ms;
    },
  };
}

function accept(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200 });
  stream.end();
}

/** The stream of the next post, which is answered by whoever gets it. */
function nextStream({ answers }: ApnsDouble): Promise<ServerHttp2Stream> {
  return new Promise((resolve) => answers.push(resolve));
}

/** A way to a server that can go dead: from then on nothing comes through, and no connection ends. */
async function relayTo(origin: string): Promise<{ readonly origin: string; die(): void }> {
  const sockets = new Set<Socket>();
  const target = Number(new URL(origin).port);
  let isFirst = true;
  const relay = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      socket.on("error", () => undefined);
      if (isFirst) sockets.add(socket);
    }
    isFirst = false;
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  return {
    origin: `https://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    die: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

test("a post over HTTP/2 comes as it is, and is answered as it was answered", async () => {
  const { double, post } = await story();
  double.answers.push({ status: 400, reason: "BadDeviceToken", headers: { "retry-after": "3" } });
  const answer = await post();
  expect(answer).toMatchObject({ status: 400, body: '{"reason":"BadDeviceToken"}' });
  expect(answer.headers).toMatchObject({ "apns-id": HEADERS["apns-id"], "retry-after": "3" });
  expect(double.requests).toEqual([{ token: TOKEN, headers: HEADERS, body: '{"aps":{}}' }]);
});

test("posts of the same time are under way together, over one connection (RFC 9113 §5)", async () => {
  const { double, post } = await story();
  const held: ServerHttp2Stream[] = [];
  // Nobody is answered before all have come.
  for (let i = 0; i < 50; i++)
    double.answers.push((stream) => {
      if (held.push(stream) === 50) for (const one of held) accept(one);
    });
  const answers = await Promise.all(Array.from({ length: 50 }, () => post()));
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  expect(double.sessions).toHaveLength(1);
});

test("posts wait for each other where the server takes one at a time, as Apple does at first", async () => {
  const { double, post } = await story({ maxConcurrentStreams: 1 });
  const answers = await Promise.all(Array.from({ length: 10 }, () => post()));
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(double.sessions).toHaveLength(1);
});

describe("when the server says GOAWAY (RFC 9113 §6.8)", () => {
  test("what is under way is still answered, and what comes next goes over another connection", async () => {
    const { double, post } = await story();
    await post();
    const under = nextStream(double);
    const first = post();
    const stream = await under;
    const before = stream.session;
    before?.goaway(0, stream.id ?? 0);
    await expect.poll(async () => (await post()).status, { interval: 5 }).toBe(200);
    await expect.poll(() => double.sessions.length, { interval: 5 }).toBeGreaterThan(1);
    accept(stream);
    expect(await first).toMatchObject({ status: 200 });
  });

  test("because of a fault, what is under way fails, and what comes next does not", async () => {
    const { double, post } = await story();
    double.answers.push((stream) => stream.session?.goaway(1));
    await expect(post()).rejects.toThrow();
    expect(await post()).toMatchObject({ status: 200 });
    expect(double.sessions).toHaveLength(2);
  });
});

describe("a post fails", () => {
  test("when its connection is lost, and the next one gets another connection", async () => {
    const { double, post } = await story();
    double.answers.push(
      () => undefined,
      (stream) => stream.session?.destroy(),
    );
    const both = await Promise.allSettled([post(), post()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await post()).toMatchObject({ status: 200 });
    expect(double.sessions).toHaveLength(2);
  });

  test("when nobody listens, and says so", async () => {
    const { double, post } = await story();
    await double.close();
    await expect(post()).rejects.toThrow("ECONNREFUSED");
  });

  test("when the server's certificate is none that is taken", async () => {
    const { double } = await story();
    const stranger = http2Client(double.origin, Date.now, undefined);
    await expect(stranger.post(`/3/device/${TOKEN}`, HEADERS, "{}", TIME)).rejects.toThrow("certificate");
    await stranger.close();
    expect(double.requests).toEqual([]);
  });

  test("when the server resets its stream, and others go on", async () => {
    const { double, post } = await story();
    double.answers.push((stream) => stream.close(7));
    await expect(post()).rejects.toThrow();
    expect(await post()).toMatchObject({ status: 200 });
    expect(double.sessions).toHaveLength(1);
  });

  test("when its time is over; a connection that has been silent all that time is given up", async () => {
    const { double, post } = await story();
    await post();
    double.answers.push(() => undefined);
    await expect(post(30)).rejects.toThrow("no answer in 30 ms");
    expect(await post()).toMatchObject({ status: 200 });
    expect(double.sessions).toHaveLength(2);
  });

  test("when its time is over, alone, if the server answers others meanwhile", async () => {
    const { double, post, pass } = await story();
    await post();
    double.answers.push(() => undefined);
    const slow = post(300);
    slow.catch(() => undefined);
    pass(1);
    expect(await post()).toMatchObject({ status: 200 });
    await expect(slow).rejects.toThrow("no answer in 300 ms");
    expect(await post()).toMatchObject({ status: 200 });
    expect(double.sessions).toHaveLength(1);
  });

  test("soon, when its connection has died without a sign while nobody used it", async () => {
    const { double } = await story();
    const relay = await relayTo(double.origin);
    let now = 1_000_000;
    const client = http2Client(relay.origin, () => now, double.ca);
    const post = (time: number) => client.post(`/3/device/${TOKEN}`, HEADERS, "{}", time);
    await post(TIME);
    relay.die();
    now += 60_000;
    await expect(post(30_000)).rejects.toThrow("silent");
    expect(await post(TIME)).toMatchObject({ status: 200 });
    await client.close();
    expect(double.sessions).toHaveLength(2);
  });
});

test("a connection that was idle for long and still lives is used again", async () => {
  const { double, post, pass } = await story();
  await post();
  pass(60_000);
  expect(await post()).toMatchObject({ status: 200 });
  pass(60_000);
  expect(await post()).toMatchObject({ status: 200 });
  expect(double.sessions).toHaveLength(1);
});

test("a connection whose server answers our PING is kept, however long an answer takes", async () => {
  const { double, post, pass } = await story();
  await post();
  pass(60_000);
  double.answers.push(() => undefined);
  const slow = post(300);
  pass(1);
  await expect(slow).rejects.toThrow("no answer in 300 ms");
  expect(await post()).toMatchObject({ status: 200 });
  expect(double.sessions).toHaveLength(1);
});

describe("an answer's body", () => {
  test("is read no further than 16 KB", async () => {
    const { double, post } = await story();
    double.answers.push((stream) => {
      stream.respond({ ":status": 400 });
      stream.end("x".repeat(200_000));
    });
    expect(await post()).toMatchObject({ status: 400, body: "x".repeat(16_384) });
    expect(await post()).toMatchObject({ status: 200 });
  });

  test("may be lost on its way: the status counts", async () => {
    const { double, post } = await story();
    double.answers.push((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("begin", () => stream.close(2));
    });
    expect(await post()).toMatchObject({ status: 200 });
  });
});

test("closing waits for what is under way", async () => {
  const { double, client, post } = await story();
  const under = nextStream(double);
  const first = post();
  const stream = await under;
  const closed = client.close();
  accept(stream);
  expect(await first).toMatchObject({ status: 200 });
  await closed;
  await expect.poll(() => double.sessions[0]?.destroyed, { interval: 5 }).toBe(true);
});

test("closing what was never used, or twice, is nothing", async () => {
  const { client, post } = await story();
  await client.close();
  await post();
  await client.close();
  await client.close();
});
