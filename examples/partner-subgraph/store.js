// The registry's own records, in a file that outlives the process.
import { DatabaseSync } from 'node:sqlite'

const TABLE = `CREATE TABLE IF NOT EXISTS cards (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person TEXT NOT NULL UNIQUE,
  country TEXT NOT NULL,
  issued_on TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS cards_country ON cards (country)`

const CARD = "SELECT printf('KG-%06d', id) AS number, person, country, issued_on AS issuedOn FROM cards"
const ISSUE = `INSERT INTO cards (person, country, issued_on) VALUES (?, ?, date())
  ON CONFLICT (person) DO NOTHING`
const HOLDERS = `SELECT country, count(*) AS holders FROM cards
  WHERE country IN (SELECT value FROM json_each(?)) GROUP BY country`

export class Store {
  constructor(path) {
    this.database = new DatabaseSync(path)
    this.database.exec(TABLE)
    this.statements = {
      issue: this.database.prepare(ISSUE),
      last: this.database.prepare(`${CARD} ORDER BY id DESC LIMIT ?`),
      byNumber: this.database.prepare(`${CARD} WHERE number IN (SELECT value FROM json_each(?))`),
      byPerson: this.database.prepare(`${CARD} WHERE person IN (SELECT value FROM json_each(?))`),
      holders: this.database.prepare(HOLDERS),
    }
  }

  // The person's card, and whether it was issued now.
  issue(person, country) {
    const issued = this.statements.issue.run(person, country).changes === 1
    return { card: this.cardsByPerson([person])[0], issued }
  }

  last(count) {
    return this.statements.last.all(count)
  }

  // One result per key, in order, as a DataLoader requires.
  cardsByNumber(numbers) {
    return inOrder(numbers, 'number', this.statements.byNumber.all(JSON.stringify(numbers)))
  }

  cardsByPerson(people) {
    return inOrder(people, 'person', this.statements.byPerson.all(JSON.stringify(people)))
  }

  holdersByCountry(codes) {
    const rows = this.statements.holders.all(JSON.stringify(codes))
    return inOrder(codes, 'country', rows).map((row) => row?.holders ?? 0)
  }

  close() {
    this.database.close()
  }
}

function inOrder(keys, name, rows) {
  const found = new Map(rows.map((row) => [row[name], row]))
  return keys.map((key) => found.get(key) ?? null)
}
