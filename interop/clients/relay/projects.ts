// A list with pages in both directions, a record that is refetched by its ID, and a union.
import { graphql } from "relay-runtime";

export const query = graphql`
  query projectsQuery($count: Int!, $filter: ProjectFilter) {
    ...projectsList @arguments(count: $count, filter: $filter)
    viewer {
      rowLimits {
        page
      }
    }
  }
`;

export const list = graphql`
  fragment projectsList on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 20 }
    cursor: { type: "String" }
    filter: { type: "ProjectFilter" }
  )
  @refetchable(queryName: "projectsListPaginationQuery") {
    projects(first: $count, after: $cursor, filter: $filter) @connection(key: "List_projects") {
      edges {
        node {
          id
          ...projectsCard
        }
      }
    }
  }
`;

export const card = graphql`
  fragment projectsCard on Project @refetchable(queryName: "projectsCardRefetchQuery") {
    title
    organisation {
      ...projectsOrganisation
    }
  }
`;

export const organisation = graphql`
  fragment projectsOrganisation on Organisation
  @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, before: { type: "String" })
  @refetchable(queryName: "projectsOrganisationPaginationQuery") {
    name
    projects(last: $count, before: $before) @connection(key: "Organisation_projects") {
      edges {
        node {
          id
        }
      }
    }
  }
`;

export const laureates = graphql`
  query projectsLaureatesQuery {
    laureates(first: 2) {
      edges {
        node {
          nominee {
            __typename
            ... on Person {
              displayName
            }
            ... on Organisation {
              name
            }
          }
        }
      }
    }
  }
`;
