// The two presets for schemas and the rules for nullable fields, applied to SCHEMA, the output of
// `erikti sdl --api`.
import graphql from "@graphql-eslint/eslint-plugin";

const { "flat/schema-recommended": recommended, "flat/schema-relay": relay } = graphql.configs;

// Root fields that cannot be null, with the reason.
const NEVER_NULL = {
  viewer: "every caller is a viewer, so an error here is one of the whole operation",
};
const strict = graphql.rules["require-nullable-result-in-root"];
const nullableRoots = {
  ...strict,
  create(context) {
    const report = (found) => found.node.parent.name.value in NEVER_NULL || context.report(found);
    return strict.create(Object.create(context, { report: { value: report } }));
  },
};

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: process.env.SCHEMA } },
    },
    plugins: { "@graphql-eslint": graphql, erikti: { rules: { "nullable-roots": nullableRoots } } },
    rules: {
      ...recommended.rules,
      ...relay.rules,
      "erikti/nullable-roots": "error",
      "@graphql-eslint/require-nullable-fields-with-oneof": "error",
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
            suffixes: ["Connection", "Edge", "Group", "Measures"],
            types: [
              "AccessRecord",
              "CodeList",
              "CodeValue",
              "Money",
              "NationalStatistics",
              "PageInfo",
              "Period",
              "PersonSource",
              "RecordSource",
              "RegistryCount",
              "RegistryMonth",
              "RegistryPlacements",
              "RegistryRegion",
              "RegistryYear",
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
