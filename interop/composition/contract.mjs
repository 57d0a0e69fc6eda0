// Composes the contract that includes or excludes a tag, and prints its errors and API schema.
// Arguments: include or exclude, the tag, and NAME=FILE of every subgraph.
import { readFileSync } from 'node:fs'
import { composeSchemaContract } from '@theguild/federation-composition'
import { federateSubgraphsContract } from '@wundergraph/composition'
import { parse, printSchema } from 'graphql'

const [action, tag, ...given] = process.argv.slice(2)
const include = new Set(action === 'include' ? [tag] : [])
const exclude = new Set(action === 'exclude' ? [tag] : [])
const services = given.map((argument) => {
  const [name, file] = argument.split('=')
  return { name, url: `http://${name}.invalid/graphql`, typeDefs: parse(readFileSync(file, 'utf8')) }
})

function contractOfTheGuild() {
  const found = composeSchemaContract(services, { include, exclude })
  return { errors: (found.errors ?? []).map(String), api: found.publicSdl ?? '' }
}

function contractOfWunderGraph() {
  const subgraphs = services.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs }))
  const contractTagOptions = { tagNamesToInclude: include, tagNamesToExclude: exclude }
  const found = federateSubgraphsContract({ subgraphs, contractTagOptions })
  const schema = found.federatedGraphClientSchema
  return { errors: (found.errors ?? []).map(String), api: schema ? printSchema(schema) : '' }
}

const contracts = {
  '@theguild/federation-composition': contractOfTheGuild(),
  '@wundergraph/composition': contractOfWunderGraph(),
}
console.log(JSON.stringify(contracts))
