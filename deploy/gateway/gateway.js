// Hive Gateway in front of Erikti and a partner's registry: https://the-guild.dev/graphql/hive/docs/gateway
import './node-version.js'
import { readFileSync } from 'node:fs'
import { defineConfig } from '@graphql-hive/gateway'
import { GraphQLError } from 'graphql'
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose'

const { ISSUER, AUDIENCE = 'urn:erikti:api', KEYS, SUBSCRIPTIONS } = process.env
const { CLIENT_ID, CLIENT_SECRET } = process.env
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

const metadata = KEYS ? null : await published()
const keys = KEYS
  ? createLocalJWKSet(JSON.parse(readFileSync(KEYS, 'utf8')))
  : createRemoteJWKSet(new URL(metadata.jwks_uri))

async function published() {
  const found = await (await fetch(`${ISSUER}/.well-known/openid-configuration`)).json()
  if (found.issuer !== ISSUER) throw new Error('the provider calls itself something else')
  return found
}

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

// The gateway's own token, of the role gateway, for clients that have none: Erikti takes more
// representations from callers with a token. It grants nothing but the public view.
let own = { expires: 0 }
async function ownToken() {
  if (!CLIENT_ID || !metadata) return null
  if (own.expires < Date.now()) own = { expires: Date.now() + 30_000, token: requested() }
  return own.token
}

async function requested() {
  const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')
  const response = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE, scope: 'graph:read' }),
  }).catch(() => null)
  if (!response?.ok) {
    console.error(`the provider grants the gateway no token: ${response?.status ?? 'it does not answer'}`)
    return null
  }
  const { access_token, expires_in } = await response.json()
  if (expires_in) own.expires = Date.now() + Math.max(expires_in - 60, 1) * 1000
  return `Bearer ${access_token}`
}

// Only Erikti gets the gateway's own token.
async function passedOn({ request, subgraphName }) {
  const headers = Object.fromEntries(PASSED_ON.map((name) => [name, request.headers.get(name)]))
  if (!headers.authorization && subgraphName === 'erikti') headers.authorization = await ownToken()
  return headers
}

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? 'supergraph.graphql',
  graphqlEndpoint: process.env.ENDPOINT ?? '/graphql',
  // Reject the whole operation if the caller lacks the scope of a field.
  genericAuth: { mode: 'protect-granular', resolveUserFn: claims, rejectUnauthenticated: true },
  propagateHeaders: {
    fromClientToSubgraphs: passedOn,
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
