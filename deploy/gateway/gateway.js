// Hive Gateway in front of Erikti and a partner's registry: https://the-guild.dev/graphql/hive/docs/gateway
import { defineConfig } from '@graphql-hive/gateway'
import { GraphQLError } from 'graphql'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const { ISSUER, AUDIENCE = 'urn:erikti:api', SUBSCRIPTIONS } = process.env
if (!ISSUER) throw new Error('ISSUER: which provider signs the tokens')

const PASSED_ON = [
  'authorization', 'x-purpose', 'accept-language', 'x-request-id', 'traceparent', 'tracestate',
]
// The headers that the first message of a WebSocket carries for Erikti.
const INTRODUCED = ['authorization', 'x-purpose', 'accept-language']
const OVER_WEBSOCKET = {
  kind: 'ws',
  location: SUBSCRIPTIONS,
  options: {
    connectionParams: Object.fromEntries(
      INTRODUCED.map((name) => [name, `{context.headers.${name}}`])
    ),
  },
}
const EXPECTED = {
  issuer: ISSUER,
  audience: AUDIENCE,
  typ: 'at+jwt',
  algorithms: ['RS256', 'PS256', 'ES256', 'Ed25519'],
  requiredClaims: ['exp'],
  clockTolerance: 30,
}

const metadata = await (await fetch(`${ISSUER}/.well-known/openid-configuration`)).json()
if (metadata.issuer !== ISSUER) throw new Error('the provider calls itself something else')
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))

// Returns the claims of a valid token, null without one; rejects an invalid one.
async function claims({ headers }) {
  const given = headers?.authorization
  if (!given) return null
  try {
    return (await jwtVerify(given.replace(/^Bearer /i, ''), keys, EXPECTED)).payload
  } catch {
    const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } }
    throw new GraphQLError('the token is not good', { extensions: { code: 'UNAUTHENTICATED', http } })
  }
}

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? 'supergraph.graphql',
  graphqlEndpoint: process.env.ENDPOINT ?? '/graphql',
  // Reject the whole operation if the caller lacks the scope of a field.
  genericAuth: { mode: 'protect-granular', resolveUserFn: claims, rejectUnauthenticated: true },
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) =>
      Object.fromEntries(PASSED_ON.map((name) => [name, request.headers.get(name)])),
  },
  // Subscriptions too, so that no operation is in a URL.
  transportEntries: {
    '*.http': { options: { method: 'POST' } },
    ...(SUBSCRIPTIONS && { erikti: { options: { subscriptions: OVER_WEBSOCKET } } }),
  },
  graphiql: false,
  landingPage: false,
  logging: 'warn',
})
