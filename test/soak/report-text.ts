import type { Report, Tally } from "./report.ts";
import type { Slopes } from "./slope.ts";

/** For people. */
export function reportText(report: Report): string {
  const { violations, memory, records, slope } = report;
  const grown = (name: string, what: keyof Slopes) => {
    const [first, last] = [memory[0], memory.at(-1)].map((sample) => sample?.[what]);
    if (first === undefined || last === undefined) return `${name} not measured`;
    const rate = slope[what] === undefined ? "" : `; second half ${slope[what].toFixed(0)} KB/min`;
    return `${name} ${mb(first)} → ${mb(last)} MB${rate}`;
  };
  const failed = Object.values(report.faults).reduce((sum, times) => sum + times, 0);
  return `
calls          ${report.calls}; kills ${report.kills}
answers        ${list(report.counts)}
faults         ${failed} in ${report.ports} calls of ports (${((100 * failed) / Math.max(1, report.ports)).toFixed(1)} %): ${list(report.faults)}
fault lines    ${list(report.faultLines)}
excused        ${list(report.excused)}

stuck forks    ${report.stuckForks} (alarms given up ${report.forsaken})
ghost bindings ${report.ghosts}
memory         ${grown("RSS", "rss")}
               ${grown("of it no file's (RssAnon)", "anonymous")}
               ${grown("heap", "heap")}
records        ${Object.keys(records.end)
    .map((kind) => `${kind} ${records.start[kind]} → ${records.middle[kind]} → ${records.end[kind]}`)
    .join(", ")}

violations     ${violations.length}
${violations
  .slice(0, 50)
  .map((violation) => `  ${violation}\n`)
  .join("")}`;
}

function mb(octets: number): string {
  return (octets / 1_048_576).toFixed(1);
}

function list(counts: Tally): string {
  return (
    Object.entries(counts)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([what, times]) => `${what} ${times}`)
      .join(", ") || "none"
  );
}
