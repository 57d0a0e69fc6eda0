// Mercurius on Fastify: compiled queries (JIT) and batching loaders.
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import * as db from "./database.js";

const once = (load) => {
  let result;
  return () => (result ??= load());
};
const connection = (table) => () => ({ table });
const groups = async ({ table }, { by }) => ({ nodes: await db.groups(table, by) });
const uncached = (loader) => ({ loader, opts: { cache: false } });
const toOne = (load, column) => uncached(async (queries) => {
  const keys = queries.map(({ obj }) => obj[column]);
  const present = keys.filter((key) => key !== null);
  const found = await load(present);
  let next = 0;
  return keys.map((key) => (key === null ? null : found[next++]));
});
const toMany = (load, column) => uncached((queries) =>
  load(queries.map(({ obj }) => obj[column]), queries[0].params.first));

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
  VolunteerConnection: {
    nodes: (list) => list.nodes ?? list.page().then(({ nodes }) => nodes),
    pageInfo: (list) => list.pageInfo ?? list.page().then(({ pageInfo }) => pageInfo),
    totalCount: ({ status }) => db.volunteerCount(status),
    groups,
  },
  OrganisationConnection: { groups },
  ProjectConnection: { groups },
  EnquiryConnection: { groups },
};

const loaders = {
  Region: { volunteers: toMany(db.volunteerPages, "code") },
  Volunteer: {
    person: toOne(db.people, "person_id"),
    region: toOne(db.regions, "region_id"),
    organisation: toOne(db.organisations, "organisation_id"),
    participations: toMany(db.participationPages, "key"),
  },
  Participation: { project: toOne(db.projects, "project_id") },
  VolunteerGroup: { region: toOne(db.regions, "region_id") },
};

const app = Fastify();
app.register(mercurius, {
  schema: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
  resolvers,
  loaders,
  jit: 1,
  compilerOptions: { disableLeafSerialization: true, disablingCapturingStackErrors: true },
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
