import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Agent } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Posted, type PostingOptions, post } from "../../functions/providers/post.ts";

const NOW = Date.UTC(2026, 10, 23, 9);

interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly word: string | undefined;
  readonly body: string;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let url: string;
let asked: Asked[];
let answers: Answer[];
let dispatcher: Agent;
let close: () => Promise<void>;
/** Passes only while somebody pauses. */
let now: number;
let pauses: number[];

beforeEach(async () => {
  asked = [];
  answers = [];
  now = NOW;
  pauses = [];
  dispatcher = new Agent();
  const server = createServer(async (request, response) => {
    const { method, url: path } = request;
    const word = request.headers["x-word"];
    asked.push({ method, path, word: String(word), body: await text(request) });
    (answers.shift() ?? says(200))(response, request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push?to=me`;
  let closed: Promise<unknown> | undefined;
  close = async () => {
    closed ??= once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
});
afterEach(async () => {
  await dispatcher.destroy();
  await close();
});

function says(status: number, headers: Record<string, string> = {}, body = ""): Answer {
  return (response) => response.writeHead(status, headers).end(body);
}

const breaks: Answer = (_, request) => request.socket.destroy();

function posted(options: Partial<PostingOptions> = {}, to = url): Promise<Posted> {
  const pause = async (ms: number) => {
    pauses.push(ms);
    now += ms;
  };
  const until = now + 25_000;
  const posting = { url: to, headers: { "x-word": "wake" }, body: "up" };
  return post(posting, { dispatcher, until, clock: () => now, pause, ...options });
}

describe("what is posted", () => {
  test("comes as it is, and the answer comes back, its header names in lower case", async () => {
    answers.push(says(201, { Location: "/message/1", "X-Why": "because" }, "is taken"));
    const answer = await posted();
    expect(answer).toMatchObject({ status: 201, body: "is taken" });
    expect(answer.headers).toMatchObject({ location: "/message/1", "x-why": "because" });
    expect(asked).toEqual([{ method: "POST", path: "/push?to=me", word: "wake", body: "up" }]);
  });

  test("goes nowhere else, wherever the service redirects to", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      answers.push(says(status, { location: "/elsewhere" }));
      expect(await posted()).toMatchObject({ status });
    }
    expect(asked.map(({ path }) => path)).toEqual(Array(5).fill("/push?to=me"));
  });

  test.each([400, 401, 403, 404, 410, 413])(
    "is not posted again after a %d, which is an answer",
    async (status) => {
      answers.push(says(status));
      expect(await posted()).toMatchObject({ status });
      expect(asked).toHaveLength(1);
      expect(pauses).toEqual([]);
    },
  );

  test.each<[string, Answer]>([
    ["429", says(429)],
    ["500", says(500)],
    ["503", says(503)],
    ["lost connection", breaks],
  ])("is posted again, as it was, after a %s", async (_, trouble) => {
    answers.push(trouble, trouble);
    expect(await posted()).toMatchObject({ status: 200 });
    const [first, ...others] = asked;
    expect(others).toEqual([first, first]);
  });

  test("is posted four times to a service that stays overloaded, whose last answer is told", async () => {
    answers.push(says(500), says(500), says(500), says(503, {}, "no more"), says(200));
    expect(await posted()).toMatchObject({ status: 503, body: "no more" });
    expect(asked).toHaveLength(4);
  });

  test("rejects if nobody ever answers", async () => {
    await close();
    await expect(posted()).rejects.toThrow("ECONNREFUSED");
    expect(pauses).toHaveLength(3);
  });

  test("is told the last that happened: an answer, or that there was none", async () => {
    answers.push(says(503), breaks, breaks, breaks);
    await expect(posted()).rejects.toThrow();
    answers.push(breaks, breaks, breaks, says(503));
    expect(await posted()).toMatchObject({ status: 503 });
  });

  test("is not tried again if it cannot be said in HTTP", async () => {
    await expect(posted({}, "no url")).rejects.toThrow();
    await expect(posted({}, "ftp://127.0.0.1/")).rejects.toThrow();
    expect(pauses).toEqual([]);
  });
});

describe("the pauses between attempts", () => {
  const overloaded = says(503);

  test("grow, and are drawn, so that those who were refused together do not come back together", async () => {
    const drawn: number[] = [];
    for (let i = 0; i < 20; i++) {
      pauses = [];
      answers.push(overloaded, overloaded, overloaded, overloaded);
      await posted();
      const [first = 0, second = 0, third = 0, ...others] = pauses;
      expect(others).toEqual([]);
      for (const [pause, least] of [
        [first, 200],
        [second, 400],
        [third, 800],
      ] as const) {
        expect(pause).toBeGreaterThanOrEqual(least);
        expect(pause).toBeLessThanOrEqual(least * 1.5);
      }
      drawn.push(first);
    }
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });

  test.each([
    ["seconds", "3"],
    ["a date", new Date(NOW + 3_000).toUTCString()],
  ])("are at least as long as the service asks for, in %s (RFC 9110 §10.2.3)", async (_, asks) => {
    answers.push(says(429, { "retry-after": asks }));
    expect(await posted()).toMatchObject({ status: 200 });
    expect(pauses).toHaveLength(1);
    expect(pauses[0]).toBeGreaterThanOrEqual(3_000);
    expect(pauses[0]).toBeLessThanOrEqual(4_500);
  });

  test.each(["soon", "-5", "", "0", new Date(NOW - 3_000).toUTCString()])(
    "are ours where a service asks for %j",
    async (asks) => {
      answers.push(says(429, { "retry-after": asks }));
      await posted();
      expect(pauses[0]).toBeGreaterThanOrEqual(200);
      expect(pauses[0]).toBeLessThanOrEqual(300);
    },
  );
});

describe("the time that a post has", () => {
  test("is not waited for if the service asks for longer than there is", async () => {
    answers.push(says(503, { "retry-after": "25" }));
    expect(await posted()).toMatchObject({ status: 503 });
    expect(pauses).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  test("is short even if it is of use for days: a function does not wait for an hour", async () => {
    answers.push(says(503, { "retry-after": "3600" }));
    expect(await posted({ until: now + 7 * 86_400_000 })).toMatchObject({ status: 503 });
    expect(pauses).toEqual([]);
  });

  test("may be over: then nobody is asked", async () => {
    await expect(posted({ until: now })).rejects.toThrow("no time");
    expect(asked).toEqual([]);
  });

  test("ends the attempt that is under way, and there is no other", async () => {
    answers.push(() => undefined);
    await expect(posted({ until: now + 30 })).rejects.toThrow();
    expect(asked).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  test("also ends an answer that never ends: its status counts", async () => {
    answers.push((response) => response.writeHead(200).write("and"));
    expect(await posted({ until: now + 300 })).toMatchObject({ status: 200, body: "and" });
  });
});

describe("an answer's body", () => {
  test("is read no further than 16 KB, however long it is", async () => {
    let isCut = false;
    answers.push((response) => {
      response.on("close", () => {
        isCut = !response.writableFinished;
      });
      response.writeHead(400);
      const pour = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", pour);
      pour();
    });
    expect(await posted()).toMatchObject({ status: 400, body: "x".repeat(16_384) });
    await expect.poll(() => isCut, { interval: 5 }).toBe(true);
  });

  test("may be lost on its way: what was accepted is not posted again", async () => {
    answers.push((response, request) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("begin", () => request.socket.destroy());
    });
    expect(await posted()).toMatchObject({ status: 200, body: "begin" });
    expect(asked).toHaveLength(1);
  });
});
