// Starts the partner's registry and the gateway in front of an Erikti that runs in demo mode.
import './node-version.js'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const { ERIKTI = 'http://127.0.0.1:8000', PORT = '4000', REGISTRY_PORT = '4100' } = process.env
const HERE = fileURLToPath(new URL('.', import.meta.url))
const PARTNER = join(HERE, '../../examples/partner-subgraph')
const KEY = join(process.env.ERIKTI_DATA ?? userData(), 'demo-tokens.pem')
const ISSUER = 'urn:erikti:demo'
const url = `http://127.0.0.1:${PORT}/graphql`

// The folder that Erikti uses by default.
function userData() {
  if (platform() === 'darwin') return join(homedir(), 'Library/Application Support/erikti')
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'erikti')
}

function stop(text) {
  console.error(text)
  process.exit(1)
}

if (!existsSync(join(PARTNER, 'node_modules'))) stop(`Install the registry first: npm ci --prefix ${PARTNER}`)
if (!(await fetch(`${ERIKTI}/healthz/live`).catch(() => null))?.ok) {
  stop(`Start Erikti in demo mode first (make run): nothing answers at ${ERIKTI}. ERIKTI sets another address.`)
}
if (!existsSync(KEY)) stop(`There is no ${KEY}: set ERIKTI_DATA to the folder of the Erikti that runs in demo mode.`)

const folder = mkdtempSync(join(tmpdir(), 'erikti-gateway-'))
const run = (cwd, ...command) => execFileSync(process.execPath, command, { cwd, encoding: 'utf8' })
const keys = join(folder, 'keys.json')
writeFileSync(keys, run(PARTNER, 'demo-keys.js', KEY))
const supergraph = join(folder, 'supergraph.graphql')
writeFileSync(
  supergraph,
  run(
    HERE,
    'compose.js',
    `erikti=${ERIKTI}/graphql=${join(HERE, '../../schema/schema.graphql')}`,
    `registry=http://127.0.0.1:${REGISTRY_PORT}/graphql=${join(PARTNER, 'schema.graphql')}`,
  ),
)

const started = []
let ending = false
function start(cwd, command, settings) {
  const env = { ...process.env, ISSUER, KEYS: keys, ...settings }
  const child = spawn(process.execPath, command, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
  child.on('exit', (status) => end(status ?? 0))
  started.push(child)
}
function end(status) {
  if (ending) return
  ending = true
  for (const child of started) child.kill()
  rmSync(folder, { recursive: true })
  process.exitCode = status
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(0))

start(PARTNER, ['server.js'], { PORT: REGISTRY_PORT, DATABASE: join(folder, 'cards.db') })
const options = ['--config-path', 'gateway.js', '--host', '127.0.0.1', '--port', PORT]
const program = join('node_modules', '@graphql-hive', 'gateway', 'dist', 'bin.js')
start(HERE, [program, 'supergraph', ...options], { SUPERGRAPH: supergraph })

const question = { query: '{ countries(cis: true) { name servesWithoutVisa cardHolders } }' }
const post = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(question) }
while (!ending && !(await fetch(url, post).catch(() => null))?.ok) {
  await new Promise((resolve) => setTimeout(resolve, 200))
}
if (!ending) {
  console.log(`
The gateway serves ${url}; Ctrl-C stops it. Ask both graphs at once:

curl -s ${url} -H 'Content-Type: application/json' \\
  -d '${post.body}'

As an analyst of the ministry, from the folder of Erikti:

curl -s ${url} -H 'Content-Type: application/json' \\
  -H "Authorization: Bearer $(.venv/bin/erikti token --as analyst)" \\
  -d '{"query": "{ delegates(first: 3) { nodes { status person { id cardName } } } }"}'
`)
}
