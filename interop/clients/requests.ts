// The server's address, and the recording of requests.
import { createClient as events } from "graphql-sse";
import { createClient as sockets } from "graphql-ws";
import type { FollowedSubscription } from "./made/gql/graphql.ts";

export const URL = process.env.URL ?? "";
export const requests: string[] = [];

// A client's request: the method, and whether it has the document's text or only its hash.
export const noted: typeof fetch = (input, init) => {
  const sent = `${input} ${init?.body ?? ""}`;
  requests.push(`${init?.method} ${/query(=|":)/.test(sent) ? "text" : "hash"}`);
  return fetch(input, init);
};

const ORIGIN = "https://dashboard.example";
const SIMPLE = ["accept", "accept-language", "content-language"];

// A request as a browser sends it for a page of another origin: after a preflight for its headers.
export const fromAnotherOrigin: typeof fetch = async (input, init) => {
  const method = init?.method ?? "GET";
  const headers = new Headers(init?.headers);
  const names = [...headers.keys()].filter((name) => !SIMPLE.includes(name));
  const asked = {
    "access-control-request-method": method,
    "access-control-request-headers": names.join(","),
  };
  const preflight = await fetch(input, { method: "OPTIONS", headers: { ...asked, origin: ORIGIN } });
  const listed = (name: string) => (preflight.headers.get(name) ?? "").toLowerCase().split(/, */);
  const allowed = listed("access-control-allow-headers");
  if (
    !preflight.ok ||
    !listed("access-control-allow-origin").includes(ORIGIN) ||
    !listed("access-control-allow-methods").includes(method.toLowerCase()) ||
    !names.every((name) => allowed.includes(name))
  ) {
    throw new TypeError(`Failed to fetch: ${names} are not allowed, ${await preflight.text()}`);
  }
  requests.push(`${method} ${names}`);
  headers.set("origin", ORIGIN);
  const response = await fetch(input, { ...init, headers });
  if (response.headers.get("access-control-allow-origin") !== ORIGIN) throw new TypeError("CORS");
  return response;
};

export const overSockets = () => sockets({ url: URL.replace("http", "ws") });
export const overEvents = () => events({ url: URL });

let left = 2;

// Prints the figures as they arrive, and stops after the second event.
export function figures(data: FollowedSubscription | null | undefined): void {
  console.log(JSON.stringify(data?.statisticsChanged.figures.map((f) => [f.code, f.count])));
  left -= 1;
  if (!left) process.exit();
}

export function failed(error: unknown): never {
  console.error(error);
  process.exit(1);
}

export async function run(scenarios: Record<string, () => Promise<unknown>>): Promise<void> {
  setTimeout(failed, 60_000, "nothing came for a minute");
  const result = await scenarios[process.argv[2]]();
  if (result === undefined) return; // keep waiting
  console.log(JSON.stringify({ result, requests }));
  process.exit();
}
