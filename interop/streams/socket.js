// Subscribes to the figures with graphql-ws; prints each count, and at the end a further query.
import { createClient } from 'graphql-ws';

const [url, year, until] = process.argv.slice(2);
const client = createClient({ url, lazy: false, keepAlive: 500, retryAttempts: 0 });
let last;
for await (const result of client.iterate({
  query: 'subscription ($year: Int!) { statisticsChanged(year: $year) { figure(code: "organisations") { count } } }',
  variables: { year: Number(year) },
})) {
  if (result.errors) throw new Error(JSON.stringify(result.errors));
  last = result.data.statisticsChanged.figure.count;
  console.log(last);
  if (last === Number(until)) break;
}
for await (const result of client.iterate({ query: '{ viewer { role } }' })) {
  console.log(JSON.stringify(result.data));
}
try {
  for await (const _ of client.iterate({ query: '{ nope }' }));
} catch (errors) {
  console.log(errors[0].extensions.code);
}
await client.dispose();
