// urql with the server at URL: prints the result of each scenario.
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { persistedExchange } from "@urql/exchange-persisted";
import type { Exchange } from "@urql/core";
import { FIGURES, FOLLOWED, PROJECTS, UNMET } from "./operations.ts";
import { URL, failed, figures, noted, overEvents, overSockets, run } from "./requests.ts";

function client(...exchanges: Exchange[]): Client {
  const cache = cacheExchange({
    resolvers: { Query: { projects: relayPagination() } },
    keys: { NationalStatistics: ({ year }) => String(year), StatisticalFigure: () => null },
  });
  return new Client({
    url: URL,
    fetch: noted,
    preferGetMethod: false,
    fetchSubscriptions: exchanges[0] === fetchExchange,
    exchanges: [cache, ...exchanges],
  });
}

async function page() {
  const { data, error } = await client(fetchExchange).query(FIGURES, { year: 2025 });
  if (error) throw error;
  return data?.statistics?.figures.map(({ code, count }) => [code, count]);
}

async function list() {
  const urql = client(fetchExchange);
  let pages = 0;
  let after: string | null | undefined;
  for (;;) {
    const { data, error } = await urql.query(PROJECTS, { first: 20, after });
    if (error) throw error;
    pages += 1;
    if (!data?.projects?.pageInfo.hasNextPage) {
      return { pages, ids: data?.projects?.edges.map(({ node }) => node.id) };
    }
    after = data.projects.pageInfo.endCursor;
  }
}

async function persisted() {
  const found = [];
  // Each client has its own cache; the first one registers the document.
  for (const preferGetForPersistedQueries of [true, true, false]) {
    const urql = client(persistedExchange({ preferGetForPersistedQueries }), fetchExchange);
    const { data, error } = await urql.query(UNMET, { year: 2025 });
    if (error) throw error;
    found.push(data?.statistics?.figures.length);
  }
  return found;
}

const follow = (exchange: Exchange) => async () => {
  client(exchange)
    .subscription(FOLLOWED, { year: 2025 })
    .subscribe(({ data, error }) => (error ? failed(error) : figures(data)));
};

// Common to graphql-ws and graphql-sse.
type Sink = { next(value: never): void; error(error: unknown): void; complete(): void };
type Transport = { subscribe(asked: { query: string }, sink: Sink): () => void };

const over = (transport: Transport) =>
  subscriptionExchange({
    forwardSubscription: (asked) => ({
      subscribe: (sink) => {
        const given = { ...asked, query: asked.query ?? "" };
        return { unsubscribe: transport.subscribe(given, sink as unknown as Sink) };
      },
    }),
  });

await run({
  page,
  list,
  persisted,
  sockets: follow(over(overSockets() as unknown as Transport)),
  events: follow(over(overEvents() as unknown as Transport)),
  own: follow(fetchExchange),
});
