// Hive Gateway in the place of the router that Apollo's tests ask at the root.
export const gatewayConfig = {
  supergraph: process.env.SUPERGRAPH,
  graphqlEndpoint: '/',
  landingPage: false,
  graphiql: false,
}
