// Composes subgraphs with three composers and prints their errors and hints as JSON.
// Arguments: NAME=FILE of every subgraph.
import { readFileSync } from 'node:fs'
import { composeServices } from '@apollo/composition'
import { composeServices as composeServicesOfTheGuild } from '@theguild/federation-composition'
import { federateSubgraphs } from '@wundergraph/composition'
import { parse, print } from 'graphql'

const services = process.argv.slice(2).map((argument) => {
  const [name, file] = argument.split('=')
  return { name, url: `http://${name}.invalid/graphql`, typeDefs: parse(readFileSync(file, 'utf8')) }
})

// The messages of errors and of hints of any level, each as "CODE: text".
function told({ errors = [], hints = [], supergraphSdl = '' }) {
  return {
    errors: errors.map((error) => `${error.extensions?.code}: ${error.message}`),
    hints: hints.map((hint) => `${hint.definition?.code ?? hint.code}: ${hint.message}`),
    supergraph: supergraphSdl,
  }
}

function composeServicesOfWunderGraph(services) {
  const subgraphs = services.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs }))
  const found = federateSubgraphs({ subgraphs })
  return {
    errors: found.errors,
    hints: found.warnings,
    supergraphSdl: found.federatedGraphAST && print(found.federatedGraphAST),
  }
}

const composers = {
  '@apollo/composition': composeServices,
  '@theguild/federation-composition': composeServicesOfTheGuild,
  '@wundergraph/composition': composeServicesOfWunderGraph,
}
const found = Object.entries(composers).map(([name, compose]) => [name, told(compose(services))])
console.log(JSON.stringify(Object.fromEntries(found)))
