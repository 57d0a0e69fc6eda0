// Apollo Client with the server at URL: prints the result of each scenario.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { print } from "graphql";
import { FIGURES, FOLLOWED, PROJECTS, UNMET } from "./operations.ts";
import { URL, failed, figures, fromAnotherOrigin, noted, overEvents, overSockets, run } from "./requests.ts";

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
  return data?.statistics?.figures.map(({ code, count }) => [code, count]);
}

async function browser() {
  const uri = URL;
  const apollo = new ApolloClient({
    link: new HttpLink({ uri, fetch: fromAnotherOrigin, headers: { "apollo-require-preflight": "true" } }),
    cache: new InMemoryCache(),
    clientAwareness: { name: "dashboard", version: "1.2.3" },
  });
  const { data } = await apollo.query({ query: FIGURES, variables: { year: 2025 } });
  return data?.statistics?.figures.length;
}

async function list() {
  const apollo = client(new HttpLink({ uri: URL }));
  const asked = apollo.watchQuery({ query: PROJECTS, variables: { first: 20 } });
  let pages = 1;
  let { data } = await asked.refetch();
  while (data?.projects?.pageInfo.hasNextPage) {
    const after = data.projects.pageInfo.endCursor;
    ({ data } = await asked.fetchMore({ variables: { after } }));
    pages += 1;
  }
  const cached = apollo.readQuery({ query: PROJECTS, variables: { first: 20 } });
  return { pages, ids: cached?.projects?.edges.map(({ node }) => node.id) };
}

async function persisted() {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const found = [];
  // Each client has its own cache; the first one registers the document.
  for (const useGETForHashedQueries of [true, true, false]) {
    const link = new PersistedQueryLink({ sha256, useGETForHashedQueries });
    const apollo = client(link.concat(new HttpLink({ uri: URL, fetch: noted })));
    const { data } = await apollo.query({ query: UNMET, variables: { year: 2025 } });
    found.push(data?.statistics?.figures.length);
  }
  return found;
}

// The link from graphql-sse's guide.
class EventsLink extends ApolloLink {
  readonly client = overEvents();

  override request(operation: ApolloLink.Operation) {
    const asked = { ...operation, query: print(operation.query) };
    return new Observable<ApolloLink.Result>((sink) =>
      this.client.subscribe<ApolloLink.Result["data"]>(asked, {
        next: (value) => sink.next(value as ApolloLink.Result),
        complete: sink.complete.bind(sink),
        error: sink.error.bind(sink),
      }),
    );
  }
}

const follow = (link: ApolloLink) => async () => {
  const asked = client(link).subscribe({ query: FOLLOWED, variables: { year: 2025 } });
  asked.subscribe({
    next: ({ data, error }) => (error ? failed(error) : figures(data)),
    error: failed,
  });
};

await run({
  page,
  browser,
  list,
  persisted,
  sockets: follow(new GraphQLWsLink(overSockets())),
  events: follow(new EventsLink()),
  multipart: follow(new HttpLink({ uri: URL })),
});
