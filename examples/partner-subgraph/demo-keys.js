// Prints the public half of a demo server's key, ERIKTI_DATA/demo-tokens.pem, as a JWK Set.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { calculateJwkThumbprint } from 'jose'

const key = createPublicKey(readFileSync(process.argv[2])).export({ format: 'jwk' })
const kid = await calculateJwkThumbprint(key)
console.log(JSON.stringify({ keys: [{ ...key, kid, alg: 'Ed25519', use: 'sig' }] }))
