// GraphQL Yoga on node:http with compiled queries (JIT) and DataLoader; parsed and validated documents
// are cached by default.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { useGraphQlJit } from "@envelop/graphql-jit";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import * as db from "./database.js";

const once = (load) => {
  let result;
  return () => (result ??= load());
};

// Loaders of one operation, with a loader of pages for each page size.
function loaders() {
  const sized = (load) => {
    const bySize = new Map();
    return (first) => {
      if (!bySize.has(first)) bySize.set(first, new DataLoader((keys) => load(keys, first)));
      return bySize.get(first);
    };
  };
  return {
    people: new DataLoader(db.people),
    regions: new DataLoader(db.regions),
    organisations: new DataLoader(db.organisations),
    projects: new DataLoader(db.projects),
    participations: sized(db.participationPages),
    volunteers: sized(db.volunteerPages),
  };
}

const toOne = (name, column) => (parent, _, context) =>
  parent[column] === null ? null : context[name].load(parent[column]);
const toMany = (name, column) => (parent, { first }, context) =>
  context[name](first).load(parent[column]);
const connection = (table) => () => ({ table });
const groups = async ({ table }, { by }) => ({ nodes: await db.groups(table, by) });

const resolvers = {
  Query: {
    regions: db.allRegions,
    volunteer: (_, { by }) => db.volunteerById(by.id),
    volunteers: (_, { first, filter }) => {
      const status = filter?.status?.eq;
      return { table: "volunteers", status, page: once(() => db.volunteerPage(first, status)) };
    },
    organisations: connection("organisations"),
    projects: connection("projects"),
    enquiries: connection("enquiries"),
  },
  Region: { volunteers: toMany("volunteers", "code") },
  Volunteer: {
    person: toOne("people", "person_id"),
    region: toOne("regions", "region_id"),
    organisation: toOne("organisations", "organisation_id"),
    participations: toMany("participations", "key"),
  },
  Participation: { project: toOne("projects", "project_id") },
  VolunteerConnection: {
    nodes: (list) => list.nodes ?? list.page().then(({ nodes }) => nodes),
    pageInfo: (list) => list.pageInfo ?? list.page().then(({ pageInfo }) => pageInfo),
    totalCount: ({ status }) => db.volunteerCount(status),
    groups,
  },
  OrganisationConnection: { groups },
  ProjectConnection: { groups },
  EnquiryConnection: { groups },
  VolunteerGroup: { region: toOne("regions", "region_id") },
};

const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: loaders,
  graphiql: false,
  landingPage: false,
  logging: false,
  maskedErrors: false,
  plugins: [useGraphQlJit({ disableLeafSerialization: true, disablingCapturingStackErrors: true })],
});
createServer(yoga).listen(Number(process.env.PORT), "127.0.0.1");
