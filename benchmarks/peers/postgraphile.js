// PostGraphile 5 with simplified names and aggregates; otherwise its default schema.
import { createServer } from "node:http";
import { PgAggregatesPreset } from "@graphile/pg-aggregates";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { postgraphile } from "postgraphile";
import { TYPES } from "postgraphile/@dataplan/pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { sql } from "postgraphile/pg-sql2";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema, gql } from "postgraphile/utils";

// Texts are stored in three languages; returns the first available one.
const text = (prefix) => ($row) => {
  const column = (language) => sql`${$row}.${sql.identifier(`${prefix}_${language}`)}`;
  return $row.select(sql`coalesce(${column("kk")}, ${column("ru")}, ${column("en")})`, TYPES.text);
};
const Texts = extendSchema({
  typeDefs: gql`
    extend type Region { name: String! }
    extend type Organisation { name: String! }
    extend type Project { title: String! }
  `,
  objects: {
    Region: { plans: { name: text("name") } },
    Organisation: { plans: { name: text("name") } },
    Project: { plans: { title: text("title") } },
  },
});

// The plugin has only count(distinct ...), which is needlessly slow.
const Count = {
  name: "CountPlugin",
  version: "1.0.0",
  after: ["aggregates"],
  schema: {
    hooks: {
      build(build) {
        build.pgAggregateSpecs.push({
          id: "count",
          humanLabel: "count",
          HumanLabel: "Count",
          isSuitableType: () => true,
          sqlAggregateWrap: (value) => sql`count(${value})`,
          pgTypeCodecModifier: () => TYPES.bigint,
        });
        return build;
      },
    },
  },
};

const preset = {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset, PgAggregatesPreset],
  plugins: [Texts, Count],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: 10, idleTimeoutMillis: 0 },
    }),
  ],
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, watch: false },
};
const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
