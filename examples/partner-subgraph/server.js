// The volunteer card registry of Kyrgyzstan as a subgraph; prints its address when it is ready.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { identity } from './identity.js'
import { loaders, resolvers } from './resolvers.js'
import { Store } from './store.js'

const { HOST = '127.0.0.1', PORT = '4100', DATABASE = 'cards.db' } = process.env
const { ISSUER, KEYS, AUDIENCE = 'urn:erikti:api' } = process.env
if (!ISSUER) throw new Error('ISSUER: which provider signs the tokens')

const store = new Store(DATABASE)
const scopes = await identity({ issuer: ISSUER, audience: AUDIENCE, keys: KEYS })
const typeDefs = parse(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'))

// Rejects invalid tokens before the request is read.
const tokens = {
  async onRequest({ request, serverContext, endResponse, fetchAPI }) {
    try {
      serverContext.scopes = await scopes(request.headers.get('authorization'))
    } catch {
      const error = { message: 'the token is not good', extensions: { code: 'UNAUTHENTICATED' } }
      const headers = { 'WWW-Authenticate': 'Bearer error="invalid_token"' }
      endResponse(fetchAPI.Response.json({ errors: [error] }, { status: 401, headers }))
    }
  },
}

const yoga = createYoga({
  schema: buildSubgraphSchema([{ typeDefs, resolvers: resolvers(store) }]),
  plugins: [tokens],
  context: () => ({ loaders: loaders(store) }),
  graphiql: false,
  landingPage: false,
})

const server = createServer(yoga)
server.listen(Number(PORT), HOST, () => {
  console.log(`http://${HOST}:${server.address().port}${yoga.graphqlEndpoint}`)
})
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => store.close())
    server.closeAllConnections()
  })
}
