import { afterAll } from "vitest";
import { closeKeptTwin } from "./lent-twin.ts";

afterAll(closeKeptTwin);
