// Subscribes to the figures with Apollo Client over multipart and prints each count.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';

const [uri, year, until] = process.argv.slice(2);
const client = new ApolloClient({ link: new HttpLink({ uri }), cache: new InMemoryCache() });
const query = gql`
  subscription ($year: Int!) { statisticsChanged(year: $year) { figure(code: "organisations") { count } } }
`;
await new Promise((resolve, reject) => {
  client.subscribe({ query, variables: { year: Number(year) } }).subscribe({
    next({ data, error }) {
      if (error) return reject(error);
      const { count } = data.statisticsChanged.figure;
      console.log(count);
      if (count === Number(until)) resolve();
    },
    error: reject,
  });
});
process.exit(0);
