import { spawnSync } from "node:child_process";

/** Debian's packages of the phones that we are tried with, by the program that each is wanted for. */
const PACKAGES = { sipp: "sip-tester", linphonec: "linphone-cli" };

/** Installs what is missing, where that can be done; else says what to install. */
export function setup(): void {
  const missing = Object.entries(PACKAGES).filter(([program]) => !isThere(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  if (process.getuid?.() === 0 && isThere("apt-get") && apt("update", "-qq") && apt(...install)) return;
  throw new Error(`not installed: ${packages.join(", ")}; as root on Debian: apt-get ${install.join(" ")}`);
}

function isThere(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

function apt(...args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", args, { env, stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}
