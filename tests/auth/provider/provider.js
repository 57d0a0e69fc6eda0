// A real OpenID Connect provider on loopback; prints its issuer as soon as it answers.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const API = 'urn:erikti:api'
const SCOPES =
  'volunteers:read cis_forum:read people:read audit:read graph:read cards:read cards:issue'
const REDIRECT = 'http://127.0.0.1/callback'

const KINDS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  Ed25519: ['ed25519', {}],
}

function jwk(alg) {
  const [kind, options] = KINDS[alg]
  const key = generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' })
  return { ...key, use: 'sig', alg, kid: `key-${alg}` }
}

function client(id, alg) {
  return {
    client_id: id,
    client_secret: `secret-of-${id}`,
    grant_types: ['client_credentials', 'authorization_code'],
    redirect_uris: [REDIRECT],
    response_types: ['code'],
    id_token_signed_response_alg: alg,
  }
}

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    jwks: { keys: Object.keys(KINDS).map(jwk) },
    clients: [
      ...Object.keys(KINDS).map((alg) => client(`partner-${alg}`, alg)),
      client('gateway', 'ES256'),
    ],
    enabledJWA: { idTokenSigningAlgValues: Object.keys(KINDS) },
    cookies: { keys: ['for tests alone'] },
    pkce: { required: () => false },
    scopes: ['openid', ...SCOPES.split(' ')],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource, { idTokenSignedResponseAlg: alg }) => ({
          scope: SCOPES,
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg } },
        }),
      },
    },
    extraTokenClaims: (ctx, { clientId }) =>
      clientId === 'gateway'
        ? { erikti_role: 'gateway', erikti_country: 'KZ' }
        : { erikti_role: 'partner', erikti_country: 'KG' },
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  })
  server.on('request', provider.callback())
  console.log(issuer)
})
