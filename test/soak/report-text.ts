import type { Report } from "./soak.ts";

/** For people. */
export function reportText(report: Report): string {
  const { violations, memory, records, slope } = report;
  const mb = (octets = 0) => (octets / 1_048_576).toFixed(1);
  const [first, last] = [memory[0], memory.at(-1)];
  const failed = Object.values(report.faults).reduce((sum, times) => sum + times, 0);
  return `
calls          ${report.calls}; kills ${report.kills}
answers        ${list(report.counts)}
faults         ${failed} in ${report.ports} calls of ports (${((100 * failed) / Math.max(1, report.ports)).toFixed(1)} %): ${list(report.faults)}
fault lines    ${list(report.faultLines)}
excused        ${list(report.excused)}

stuck forks    ${report.stuckForks} (alarms given up ${report.forsaken})
ghost bindings ${report.ghosts}
memory         RSS ${mb(first?.rss)} → ${mb(last?.rss)} MB, heap ${mb(first?.heap)} → ${mb(last?.heap)} MB; second half ${slope.rss.toFixed(0)} and ${slope.heap.toFixed(0)} KB/min
records        ${Object.keys(records.end)
    .map((kind) => `${kind} ${records.start[kind]} → ${records.middle[kind]} → ${records.end[kind]}`)
    .join(", ")}

violations     ${violations.length}
${violations
  .slice(0, 50)
  .map((violation) => `  ${violation}\n`)
  .join("")}`;
}

function list(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([what, times]) => `${what} ${times}`)
      .join(", ") || "none"
  );
}
