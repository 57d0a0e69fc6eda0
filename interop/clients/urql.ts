// urql against URL: prints what each of the scenarios came to.
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import type { Exchange } from "@urql/core";
import { FIGURES, PROJECTS } from "./operations.ts";
import { URL, counted } from "./requests.ts";

function client(...exchanges: Exchange[]): Client {
  const cache = cacheExchange({
    resolvers: { Query: { projects: relayPagination() } },
    keys: { NationalStatistics: ({ year }) => String(year), StatisticalFigure: () => null },
  });
  return new Client({ url: URL, preferGetMethod: false, exchanges: [cache, ...exchanges] });
}

async function page() {
  const { data, error } = await client(fetchExchange).query(FIGURES, { year: 2025 });
  if (error) throw error;
  return data?.statistics.figures.map(({ code, count }) => [code, count]);
}

async function list() {
  const urql = client(fetchExchange);
  let pages = 0;
  let after: string | null | undefined;
  for (;;) {
    const { data, error } = await urql.query(PROJECTS, { first: 20, after });
    if (error) throw error;
    pages += 1;
    if (!data?.projects.pageInfo.hasNextPage) {
      return { pages, ids: data?.projects.edges.map(({ node }) => node.id) };
    }
    after = data.projects.pageInfo.endCursor;
  }
}

const scenarios = { page, list };
const asked = process.argv[2] as keyof typeof scenarios;
console.log(JSON.stringify({ result: await scenarios[asked](), requests: counted }));
process.exit();
