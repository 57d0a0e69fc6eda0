// Types of the whole schema, and of the operations of apollo.ts and urql.ts.
const strict = {
  strictScalars: true,
  scalars: Object.fromEntries(
    ["CountryCode", "CurrencyCode", "Date", "DateTime", "Decimal", "RegionCode"].map((name) => [
      name,
      "string",
    ]),
  ),
};

export default {
  schema: "made/schema.graphql",
  documents: ["operations.ts"],
  generates: {
    "made/types.ts": { plugins: ["typescript"], config: { ...strict, enumsAsTypes: true } },
    "made/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: { ...strict, enumType: "string-literal", importExtension: ".ts", useTypeImports: true },
    },
  },
};
