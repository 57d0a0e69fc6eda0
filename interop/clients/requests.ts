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
