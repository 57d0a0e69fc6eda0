// Apollo Client against URL: prints what each of the scenarios came to.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import type { ApolloLink } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { FIGURES, PROJECTS } from "./operations.ts";
import { URL, counted } from "./requests.ts";

function client(link: ApolloLink): ApolloClient {
  const projects = relayStylePagination();
  return new ApolloClient({
    link,
    cache: new InMemoryCache({ typePolicies: { Query: { fields: { projects } } } }),
  });
}

async function page() {
  const { data } = await client(new HttpLink({ uri: URL })).query({
    query: FIGURES,
    variables: { year: 2025 },
  });
  return data?.statistics.figures.map(({ code, count }) => [code, count]);
}

async function list() {
  const apollo = client(new HttpLink({ uri: URL }));
  const asked = apollo.watchQuery({ query: PROJECTS, variables: { first: 20 } });
  let pages = 1;
  let { data } = await asked.refetch();
  while (data?.projects.pageInfo.hasNextPage) {
    const after = data.projects.pageInfo.endCursor;
    ({ data } = await asked.fetchMore({ variables: { after } }));
    pages += 1;
  }
  const cached = apollo.readQuery({ query: PROJECTS, variables: { first: 20 } });
  return { pages, ids: cached?.projects.edges.map(({ node }) => node.id) };
}

const scenarios = { page, list };
const asked = process.argv[2] as keyof typeof scenarios;
console.log(JSON.stringify({ result: await scenarios[asked](), requests: counted }));
process.exit();
