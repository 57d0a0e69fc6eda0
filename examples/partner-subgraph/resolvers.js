// Resolvers for the fields of schema.graphql.
import DataLoader from 'dataloader'
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { createPubSub } from 'graphql-yoga'
import { latin } from './latin.js'

const MOST = 100
const ISSUED = 'cardIssued'
const PLACES = [
  { __typename: 'Country', code: 'KG' },
  { __typename: 'Region', code: 'KZ-75' },
]

// One for each request, so that a hundred entities take one statement.
export function loaders(store) {
  return {
    cardByNumber: new DataLoader(async (keys) => store.cardsByNumber(keys)),
    cardByPerson: new DataLoader(async (keys) => store.cardsByPerson(keys)),
    holdersByCountry: new DataLoader(async (keys) => store.holdersByCountry(keys)),
  }
}

export function resolvers(store) {
  const events = createPubSub()

  function issueCard(_, { input }, { scopes }) {
    demand(scopes, 'cards:issue')
    const payload = store.issue(input.personId, input.country)
    if (payload.issued) events.publish(ISSUED, payload.card)
    return payload
  }

  return {
    Query: {
      issuingPlaces: () => PLACES,
      card: reading((_, { number }, { loaders }) => loaders.cardByNumber.load(number)),
      cards: reading((_, { first }) => store.last(atMost(first))),
    },
    Mutation: { issueCard },
    Subscription: {
      [ISSUED]: { subscribe: reading(() => events.subscribe(ISSUED)), resolve: (card) => card },
    },
    VolunteerCard: {
      __resolveReference: ({ number }, { scopes, loaders }) => {
        demand(scopes, 'cards:read')
        return loaders.cardByNumber.load(number)
      },
      person: ({ person }) => ({ id: person }),
      country: ({ country }) => ({ code: country }),
    },
    IssueCardPayload: { card: reading(({ card }) => card) },
    Person: {
      cardName: ({ displayName }) => (displayName == null ? null : latin(displayName)),
      card: reading(({ id }, _, { loaders }) => loaders.cardByPerson.load(id)),
    },
    Country: {
      servesWithoutVisa: ({ code, cisStatus }) => code === 'KG' || cisStatus != null,
      cardHolders: ({ code }, _, { loaders }) => loaders.holdersByCountry.load(code),
    },
    CountryCode: text('CountryCode', /^[A-Z]{2}$/, 'two capital letters'),
    Date: text('Date', /^\d{4}-\d{2}-\d{2}$/, 'a date'),
  }
}

// A resolver for callers who may read cards.
function reading(resolve) {
  return (parent, given, context, info) => {
    demand(context.scopes, 'cards:read')
    return resolve(parent, given, context, info)
  }
}

function demand(scopes, scope) {
  if (scopes.has(scope)) return
  throw refusal(`this takes the scope ${scope}`, 'FORBIDDEN')
}

function atMost(first) {
  if (first >= 1 && first <= MOST) return first
  throw refusal(`first: 1 to ${MOST}`, 'BAD_USER_INPUT')
}

function refusal(message, code) {
  return new GraphQLError(message, { extensions: { code } })
}

function text(name, pattern, words) {
  const parse = (value) => {
    if (typeof value === 'string' && pattern.test(value)) return value
    throw refusal(`${name}: ${words}`, 'BAD_USER_INPUT')
  }
  return new GraphQLScalarType({
    name,
    serialize: String,
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
  })
}
