// The two presets for schemas, over SCHEMA: what `erikti sdl --api` prints.
import graphql from "@graphql-eslint/eslint-plugin";

const { "flat/schema-recommended": recommended, "flat/schema-relay": relay } = graphql.configs;

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: process.env.SCHEMA } },
    },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...recommended.rules,
      ...relay.rules,
      "@graphql-eslint/relay-edge-types": [
        "error",
        {
          // Relay's specification asks for neither. Connections have `nodes` and `groups` as well
          // (docs/api.md), and an entry of the access log is found by the person it is about alone.
          listTypeCanWrapOnlyEdgeType: false,
          shouldImplementNode: false,
        },
      ],
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          // Parts of a list, values, and what is found by something else than an id.
          exceptions: {
            suffixes: ["Connection", "Edge", "Group"],
            types: [
              "AccessRecord",
              "Consent",
              "Measures",
              "Money",
              "NationalStatistics",
              "PageInfo",
              "Period",
              "PersonSource",
              "RowLimits",
              "StatisticalFigure",
              "Viewer",
              "ViewerBudget",
            ],
          },
        },
      ],
    },
  },
];
