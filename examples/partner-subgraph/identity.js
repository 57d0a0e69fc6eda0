// Identifies the caller: the claims of an access token (RFC 9068) of the provider that Erikti trusts too.
import { readFileSync } from 'node:fs'
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose'

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'Ed25519']

// Returns a function that reads the scopes of an Authorization header: none without a header. It
// throws if the token is invalid, which is never treated as absent.
export async function identity({ issuer, audience, keys }) {
  const found = keys ? createLocalJWKSet(JSON.parse(readFileSync(keys))) : await published(issuer)
  const expected = { issuer, audience, typ: 'at+jwt', algorithms: ALGORITHMS, clockTolerance: 30 }
  return async (authorization) => {
    if (!authorization) return new Set()
    const [, token] = /^Bearer ([\w.-]+)$/i.exec(authorization) ?? []
    if (!token) throw new Error('no Bearer token')
    const { payload } = await jwtVerify(token, found, { ...expected, requiredClaims: ['exp'] })
    return new Set(String(payload.scope ?? '').split(' '))
  }
}

async function published(issuer) {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`)
  if (!answer.ok) throw new Error(`the provider answers ${answer.status}`)
  const metadata = await answer.json()
  if (metadata.issuer !== issuer) throw new Error('the provider calls itself something else')
  return createRemoteJWKSet(new URL(metadata.jwks_uri))
}
