import { expect, test } from "vitest";
import { columns, counted, printable, rowsCalled } from "../../infra/cli/printed.ts";

test("columns are as wide as their widest cell, and no line ends in blanks", () => {
  expect(
    columns([
      ["USER", "DECLARED BY"],
      ["alice@localhost", "SIP_USERS"],
      ["bob@localhost", ""],
    ]),
  ).toBe("USER              DECLARED BY\nalice@localhost   SIP_USERS\nbob@localhost\n");
  expect(columns([])).toBe("");
});

test.each([
  [[3], "row 3"],
  [[3, 4], "rows 3-4"],
  [[2, 3, 4, 7, 9, 10], "rows 2-4, 7, 9-10"],
])("rows %j are called %s", (numbers, called) => {
  expect(rowsCalled(numbers)).toBe(called);
});

test("what others have written moves no cursor and turns no direction", () => {
  expect(printable("al\x1b[2Jice\u202eecila\x9b")).toBe("al\\u{1b}[2Jice\\u{202e}ecila\\u{9b}");
  expect(printable("алиса 🔑 José")).toBe("алиса 🔑 José");
});

test("one is no more than one", () => {
  expect([counted(0, "user"), counted(1, "user"), counted(2, "user")]).toEqual([
    "0 users",
    "1 user",
    "2 users",
  ]);
});
