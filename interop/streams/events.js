// Subscribes to the figures with graphql-sse (distinct connections) and prints each count.
import { createClient } from 'graphql-sse';

const [url, year, until] = process.argv.slice(2);
const client = createClient({ url, retryAttempts: 0 });
for await (const result of client.iterate({
  query: 'subscription ($year: Int!) { statisticsChanged(year: $year) { figure(code: "organisations") { count } } }',
  variables: { year: Number(year) },
})) {
  if (result.errors) throw new Error(JSON.stringify(result.errors));
  const { count } = result.data.statisticsChanged.figure;
  console.log(count);
  if (count === Number(until)) break;
}
for await (const result of client.iterate({ query: '{ viewer { role } }' })) {
  console.log(JSON.stringify(result.data));
}
// A rejected operation: without a retry, although the client would retry five times.
const patient = createClient({ url });
for (const query of ['{ nope }', '{', '{ volunteers { totalCount } }', 'subscription { nope }']) {
  for await (const result of patient.iterate({ query })) {
    const [{ extensions }] = result.errors;
    console.log(extensions.code);
  }
}
patient.dispose();
client.dispose();
