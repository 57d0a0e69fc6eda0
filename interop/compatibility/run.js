// Runs Apollo's tests of a products subgraph at PRODUCTS_URL and prints their counts.
import runner from '@apollo/federation-subgraph-compatibility-tests/dist/testRunner.js'

const { rawResults, assertions, assertionPassed } = await runner.runJest(process.env.PRODUCTS_URL)
const failures = assertions.filter(({ status }) => status !== 'passed')
console.log(JSON.stringify({
  passed: rawResults.numPassedTests,
  total: rawResults.numTotalTests,
  capabilities: runner.TESTS.map(({ assertion }) => assertion),
  missing: runner.TESTS.map(({ assertion }) => assertion).filter((name) => !assertionPassed(name)),
  failures: failures.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages}`),
}))
