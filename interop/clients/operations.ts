// The operations of the clients; graphql-codegen generates their types.
import { parse, print } from "graphql";
import { graphql } from "./made/gql/gql.ts";

export const FIGURES = graphql(`
  query Figures($year: Int!) {
    statistics(year: $year) {
      year
      figures {
        code
        count
        agrees
      }
    }
  }
`);

export const PROJECTS = graphql(`
  query Projects($first: Int!, $after: String) {
    projects(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          title
          status
          startsOn
        }
      }
      pageInfo {
        startCursor
        endCursor
        hasPreviousPage
        hasNextPage
      }
      totalCount
    }
  }
`);

export const FOLLOWED = graphql(`
  subscription Followed($year: Int!) {
    statisticsChanged(year: $year) {
      year
      figures {
        code
        count
      }
    }
  }
`);

// The figures under a distinct name, so that the document is not registered yet.
export const UNMET = parse(
  print(FIGURES).replace("query Figures", `query Figures${Date.now()}`),
) as typeof FIGURES;
