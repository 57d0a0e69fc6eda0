// Hive Gateway instead of the router that Apollo's tests expect at the root path.
export const gatewayConfig = {
  supergraph: process.env.SUPERGRAPH,
  graphqlEndpoint: '/',
  landingPage: false,
  graphiql: false,
}
