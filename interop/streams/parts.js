// Sends an operation with @defer and @stream with each client and draft; prints each result, the
// number of parts, and the result of the same operation as a whole.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { Client, fetchExchange } from '@urql/core';

const [url] = process.argv.slice(2);
const text = (label, stream) => `{
  regions { code ... ${label('regions')} { name } }
  organisations(first: 5) { nodes ${stream} { id ... ${label('nodes')} { region { code name } } } totalCount }
}`;
const whole = text(() => '', '');
const label = (name) => `@defer(label: "${name}")`;

async function apollo(handler, stream) {
  const client = new ApolloClient({
    link: new HttpLink({ uri: url }),
    cache: new InMemoryCache({ addTypename: false }),
    incrementalHandler: handler,
  });
  const steps = [];
  return new Promise((resolve, reject) => {
    const query = gql(text(label, stream));
    const sub = client.watchQuery({ query, fetchPolicy: 'no-cache' }).subscribe({
      next({ data, error, loading, dataState }) {
        if (error) return reject(error);
        if (data) steps.push(structuredClone(data));
        if (dataState === 'complete' && !loading) { sub?.unsubscribe(); resolve(steps); }
      },
      error: reject,
    });
  });
}

async function urql() {
  const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false });
  const steps = [];
  return new Promise((resolve, reject) => {
    const query = text(label, '@stream(initialCount: 1)');
    client.query(query, {}).subscribe(({ data, error, hasNext }) => {
      if (error) return reject(error);
      steps.push(structuredClone(data));
      if (!hasNext) resolve(steps);
    });
  });
}

const bare = (value) => JSON.parse(JSON.stringify(value, (key, v) => (key === '__typename' ? undefined : v)));
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json' },
  body: JSON.stringify({ query: whole }),
});
const expected = (await response.json()).data;
const found = {
  'Apollo Client, draft of 2022': await apollo(new Defer20220824Handler(), ''),
  'Apollo Client, current draft': await apollo(new GraphQL17Alpha9Handler(), '@stream(initialCount: 1)'),
  urql: await urql(),
};
const told = Object.entries(found).map(([name, steps]) => [name, { steps: steps.length, data: bare(steps.at(-1)) }]);
console.log(JSON.stringify({ expected, found: Object.fromEntries(told) }));
process.exit(0);
