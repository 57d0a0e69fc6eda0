// The two presets for schemas, applied to SCHEMA, the output of `erikti sdl --api`.
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
          // (docs/pages.md), and entries of the access log are found only by person.
          listTypeCanWrapOnlyEdgeType: false,
          shouldImplementNode: false,
        },
      ],
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          // Parts of a list, values, and types without an ID.
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
