import { type Browser, chromium } from "playwright-core";

/** Chromium as the npm package carries it, with a microphone that beeps. The caller closes it. */
export async function startChromium(): Promise<Browser> {
  // The package unpacks the libraries that a bare machine lacks only where it takes the machine for AWS Lambda's.
  process.env["AWS_LAMBDA_JS_RUNTIME"] ??= "nodejs22.x";
  const { default: carried } = await import("@sparticuz/chromium");
  return chromium.launch({
    executablePath: await carried.executablePath(),
    args: [
      "--no-sandbox",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
}
