import { cloudBill, fleetBill, sumOf } from "./bill.ts";
import type { Flows } from "./flows.ts";
import { DEFAULT_PROFILE, DESK_PROFILE } from "./profile.ts";

const WIDTH = 760;
const HEIGHT = 440;
/** The plot's edges. */
const [LEFT, RIGHT, TOP, BOTTOM] = [76, 600, 52, 384];
/** Powers of ten at the ends of both axes. */
const [FEWEST, MOST] = [3, 7];
const [LEAST, GREATEST] = [0, 6];
const STEPS = 24;

/** Readable on a light page and on a dark one: an image knows what its reader prefers, and not its page. */
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.quiet { fill: #59636e }
.page { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.cloud { stroke: #0969da } text.cloud { stroke: none; fill: #0969da }
.fleet { stroke: #bc4c00 } text.fleet { stroke: none; fill: #bc4c00 }
.desk { stroke-dasharray: 7 5 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.quiet { fill: #9198a1 }
.page { fill: #0d1117 }
.grid { stroke: #3d444d }
.cloud { stroke: #58a6ff } text.cloud { fill: #58a6ff }
.fleet { stroke: #f0883e } text.fleet { fill: #f0883e }
}
`;

const LINES = [
  ["cloud desk", "API Gateway, desk", cloudBill, DESK_PROFILE],
  ["cloud", "API Gateway, mobile", cloudBill, DEFAULT_PROFILE],
  ["fleet desk", "own edges, desk", fleetBill, DESK_PROFILE],
  ["fleet", "own edges, mobile", fleetBill, DEFAULT_PROFILE],
] as const;

/** What a month costs by the number of users, both axes logarithmic: an SVG. */
export function chart(flows: Flows): string {
  const lines = LINES.map(([style, name, bill, profile]) => {
    const points = Array.from({ length: STEPS + 1 }, (_, step) => {
      const power = FEWEST + ((MOST - FEWEST) * step) / STEPS;
      const cost = sumOf(bill(flows, profile, 10 ** power));
      return [xOf(power), yOf(Math.log10(cost))] as const;
    });
    return { style, name, points, end: points.at(-1)?.[1] ?? BOTTOM };
  });
  const drawn = lines.map(({ style, points }) => {
    const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`);
    return `<path class="line ${style}" d="${path.join("")}"/>`;
  });
  const places = apart(lines.map(({ end }) => end));
  const names = lines.map(({ style, name }, index) =>
    label(RIGHT + 10, (places[index] ?? 0) + 4, name, style.split(" ")[0] ?? ""),
  );
  const title = "What a month costs, by users (us-east-1)";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    label(LEFT, 26, title, "title"),
    ...grid(),
    ...drawn,
    ...names,
    label((LEFT + RIGHT) / 2, HEIGHT - 14, "users", "quiet", "middle"),
    `<text class="quiet" text-anchor="middle" transform="translate(20 ${(TOP + BOTTOM) / 2}) rotate(-90)">US dollars a month</text>`,
    "</svg>\n",
  ].join("\n");
}

function grid(): readonly string[] {
  const marks: string[] = [];
  for (let power = FEWEST; power <= MOST; power++) {
    const x = xOf(power);
    marks.push(`<line class="grid" x1="${x}" y1="${TOP}" x2="${x}" y2="${BOTTOM}"/>`);
    marks.push(label(x, BOTTOM + 20, named(power), "quiet", "middle"));
  }
  for (let power = LEAST; power <= GREATEST; power++) {
    const y = yOf(power);
    marks.push(`<line class="grid" x1="${LEFT}" y1="${y}" x2="${RIGHT}" y2="${y}"/>`);
    marks.push(label(LEFT - 8, y + 4, `$${named(power)}`, "quiet", "end"));
  }
  return marks;
}

function xOf(power: number): number {
  return LEFT + ((RIGHT - LEFT) * (power - FEWEST)) / (MOST - FEWEST);
}

function yOf(power: number): number {
  return BOTTOM - ((BOTTOM - TOP) * (power - LEAST)) / (GREATEST - LEAST);
}

/** 1, 10, 100, 1k, … 10M. */
function named(power: number): string {
  if (power < 3) return String(10 ** power);
  return power < 6 ? `${10 ** (power - 3)}k` : `${10 ** (power - 6)}M`;
}

/** The same heights, moved down where two would be on each other. */
function apart(heights: readonly number[]): readonly number[] {
  const order = heights
    .map((_, index) => index)
    .sort((one, other) => (heights[one] ?? 0) - (heights[other] ?? 0));
  const places: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    last = Math.max(heights[index] ?? 0, last + 17);
    places[index] = last;
  }
  return places;
}

function label(x: number, y: number, text: string, style: string, anchor = "start"): string {
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;
}
