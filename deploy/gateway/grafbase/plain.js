// Prints a schema with ordinary strings for descriptions: Grafbase 0.92.0 fails on block strings.
import { readFileSync } from 'node:fs'
import { parse, print, visit } from 'graphql'

const document = parse(readFileSync(process.argv[2], 'utf8'))
const StringValue = (node) => (node.block ? { ...node, block: false } : undefined)
process.stdout.write(print(visit(document, { StringValue })))
