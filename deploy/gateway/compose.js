// Prints the supergraph of some subgraphs. Arguments: NAME=ADDRESS=FILE of every subgraph.
import './node-version.js'
import { readFileSync } from 'node:fs'
import { composeServices } from '@theguild/federation-composition'
import { parse } from 'graphql'

const services = process.argv.slice(2).map((argument) => {
  const [name, url, file] = argument.split('=')
  return { name, url, typeDefs: parse(readFileSync(file, 'utf8')) }
})
const { errors, supergraphSdl } = composeServices(services)
if (errors?.length) throw new Error(errors.map((error) => error.message).join('\n'))
process.stdout.write(supergraphSdl)
