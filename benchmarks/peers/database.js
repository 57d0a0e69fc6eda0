// The pool and all statements of the Node.js peers: batched, prepared, mapped once per row. Sizes are
// in the text, because statements with LIMIT $1 are planned at each execution.
import pg from "pg";

const POOL = 10;
const DATE = 1082, BIGINT = 20, NUMERIC = 1700;
pg.types.setTypeParser(DATE, String);
pg.types.setTypeParser(BIGINT, Number);
pg.types.setTypeParser(NUMERIC, Number);
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: POOL,
  idleTimeoutMillis: 0,
});

const read = (name, text, values) => pool.query({ name, text, values }).then(({ rows }) => rows);
const text = (prefix) => `coalesce(${prefix}_kk, ${prefix}_ru, ${prefix}_en)`;
const globalId = (id) => Buffer.from(`Volunteer:${id}`).toString("base64");
const uuid = (globalId) => Buffer.from(globalId, "base64").toString().slice("Volunteer:".length);
const tenths = (units) => (units / 10).toFixed(1);

const VOLUNTEER = `id AS key, status, silver, registered_on AS "registeredOn",
  hours_total AS hours, region_id, organisation_id, person_id`;

function volunteer(row) {
  row.id = globalId(row.key);
  row.hoursTotal = tenths(row.hours);
  return row;
}

function participation(row) {
  row.hours = tenths(row.hours);
  return row;
}

const page = (rows, first) => ({
  nodes: rows.length > first ? rows.slice(0, first) : rows,
  pageInfo: { hasNextPage: rows.length > first },
});

// One value per key, in the order of the keys, which may repeat.
async function byKey(name, sql, keys) {
  const rows = await read(name, sql, [[...new Set(keys)]]);
  const found = new Map(rows.map((row) => [row.key, row]));
  return keys.map((key) => found.get(key) ?? null);
}

function pages(rows, keys, first) {
  const lists = new Map(keys.map((key) => [key, []]));
  for (const row of rows) lists.get(row.parent).push(row);
  return keys.map((key) => page(lists.get(key), first));
}

export const volunteerById = async (id) => {
  const [row] = await read("volunteer", `SELECT ${VOLUNTEER} FROM volunteers WHERE id = $1`, [uuid(id)]);
  return row ? volunteer(row) : null;
};

export const volunteerPage = async (first, status) => {
  const rows = await read(
    `volunteers${status ? "-of" : ""}-${first}`,
    `SELECT ${VOLUNTEER} FROM volunteers ${status ? "WHERE status = $1" : ""}
      ORDER BY id LIMIT ${first + 1}`,
    status ? [status] : [],
  );
  return page(rows.map(volunteer), first);
};

export const volunteerCount = async (status) => {
  const where = status ? "WHERE status = $1" : "";
  const sql = `SELECT count(*) AS count FROM volunteers ${where}`;
  const [row] = await read(status ? "count-of" : "count", sql, status ? [status] : []);
  return row.count;
};

export const allRegions = () =>
  read("all-regions", `SELECT code, ${text("name")} AS name FROM regions ORDER BY code`, []);

export const regions = (codes) => byKey("regions",
  `SELECT code AS key, code, ${text("name")} AS name FROM regions WHERE code = ANY($1::text[])`, codes);

export const people = (ids) => byKey("people",
  `SELECT id AS key, display_name AS "displayName" FROM people WHERE id = ANY($1::uuid[])`, ids);

export const organisations = (ids) => byKey("organisations",
  `SELECT id AS key, ${text("name")} AS name, bin FROM organisations WHERE id = ANY($1::uuid[])`, ids);

export const projects = (ids) => byKey("projects",
  `SELECT id AS key, ${text("title")} AS title FROM projects WHERE id = ANY($1::uuid[])`, ids);

export const participationPages = async (ids, first) => {
  const rows = await read(`participations-${first}`, `
    SELECT k.id AS parent, p.* FROM unnest($1::uuid[]) k(id) CROSS JOIN LATERAL (
      SELECT hours, role, project_id FROM participations
      WHERE volunteer_id = k.id ORDER BY id LIMIT ${first + 1}) p`, [ids]);
  rows.forEach(participation);
  return pages(rows, ids, first);
};

export const volunteerPages = async (codes, first) => {
  const rows = await read(`region-volunteers-${first}`, `
    SELECT k.code AS parent, v.* FROM unnest($1::text[]) k(code) CROSS JOIN LATERAL (
      SELECT ${VOLUNTEER} FROM volunteers
      WHERE region_id = k.code ORDER BY id LIMIT ${first + 1}) v`, [codes]);
  rows.forEach(volunteer);
  return pages(rows, codes, first);
};

const COLUMNS = { REGION: "region_id", STATUS: "status", KIND: "kind", TOPIC: "topic", CHANNEL: "channel" };

// Groups of a table, the largest first; sums of hours for volunteers.
export const groups = async (table, by) => {
  const columns = by.map((dimension) => COLUMNS[dimension]).join(", ");
  const sums = table === "volunteers" ? ", sum(hours_total) AS hours" : "";
  const rows = await read(`groups-${table}-${columns}`, `
    SELECT ${columns}, count(*) AS count ${sums} FROM ${table}
    GROUP BY ${columns} ORDER BY count DESC, ${columns}`, []);
  for (const row of rows) row.hoursTotal = { sum: tenths(row.hours) };
  return rows;
};
