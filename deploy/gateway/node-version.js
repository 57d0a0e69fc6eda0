// Ends the program if its Node.js is older than `engines` in package.json. Import it first.
import { readFileSync } from 'node:fs'

const { engines } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const needed = engines.node.replace('>=', '')
const present = process.versions.node
const [major, minor] = needed.split('.').map(Number)
const [own, part] = present.split('.').map(Number)
if (own < major || (own === major && part < minor)) {
  console.error(`The gateway needs Node.js ${needed} or later; this is ${present}.`)
  process.exit(1)
}
