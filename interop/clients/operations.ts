// What the clients ask; graphql-codegen types it.
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
