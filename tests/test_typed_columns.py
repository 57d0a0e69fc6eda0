"""mypy finds every misspelt column: each line below is reported as its comment says."""

import re
from pathlib import Path

import pytest
from mypy import api

from tests.support.tree import ROOT

HEAD = """
from typing import assert_type
from models.people import Region
from erikti.writing.cells import YEAR, Cell
from erikti.writing.kind import Kind, Lookup, Rule, ordered
from erikti.writing.kind import Link as LinkTable
from models.volunteers import (Enquiry, Grant, Participation, Project, ProjectGoal, Volunteer, VolunteerDirection)
from resolvers.dataloaders.listings import Duration, Link, Listing, Members, Via
from resolvers.dataloaders.lists import lists_by
from resolvers.dataloaders.found import AllOf, OneBy, SumBy
from resolvers.dataloaders.volunteers import ORGANISATIONS, PROJECT_GOALS, VOLUNTEERS
from schema.building.connections import connection
from schema.building.fields import batch_field, column, identity, part, personal, record_by, text, to_one
from schema.building.node import Node
from schema.building.permissions import PEOPLE_READ
from schema.people import Region as RegionType
from tests.support.columns import RESOLVE
"""
LOADERS = """
OneBy(Region, "kode")  # Region has no column "kode"; did you mean "code"?
OneBy(Volunteer, "region")  # Volunteer has no column "region"; did you mean "region_id"?
OneBy(model=Region, column="kode")  # Region has no column "kode"; did you mean "code"?
AllOf(Region, "code", 20, ("knd",))  # Region has no column "knd"; did you mean "kind"?
SumBy(Participation, "project_id", "hour")  # Participation has no column "hour"; did you mean "hours"?
lists_by(VOLUNTEERS, "region_code")  # Volunteer has no column "region_code"; did you mean "region_id"?
Link(ProjectGoal, "project", "goal_id")  # ProjectGoal has no column "project"; did you mean "project_id"?
Link(ProjectGoal, "project_id", "gaol_id")  # ProjectGoal has no column "gaol_id"; did you mean "goal_id"?
name = str(VOLUNTEERS)
OneBy(Region, name)  # write the name of a column of Region here
"""
LISTINGS = """
Listing(Volunteer, filters=("id", "sliver"), orders=(), groups=())  # Volunteer has no field "sliver"; did you mean "silver"?
Listing(Project, filters=("titel",), orders=(), groups=())  # Project has no field "titel"; did you mean "title"?
Listing(Volunteer, filters=(), orders=("hours",), groups=())  # Volunteer has no field "hours"; did you mean "hours_total"?
Listing(Volunteer, filters=(), orders=(), groups=("sliver",))  # Volunteer has no field "sliver"; did you mean "silver"?
Listing(Volunteer, filters=(), orders=(), groups=(), measures=("hours",))  # Volunteer has no column "hours"; did you mean "hours_total"?
Listing(Participation, (), (), groups=(Via("projet.region"),))  # Participation has no relation "projet"; did you mean "project"?
Listing(Participation, (), (), groups=(Via("project.regoin"),))  # Project has no field "regoin"; did you mean "region"?
Listing(Grant, (), (), groups=(Via("project.region", otherwise="project.regoin"),))  # Project has no field "regoin"; did you mean "region"?
Listing(Participation, (), (), groups=(Via("project.goals", tag=PROJECT_GOALS),))  # Project has no field "goals"
Listing(Enquiry, (), (), (), durations=(Duration("time", "opened_at", "closed_at"),))  # Enquiry has no column "closed_at"; did you mean "opened_at"?
Listing(Grant, (), (), (), columns={"year": "awarded"})  # Grant has no field "awarded"; did you mean "awarded_on"?
Listing(Grant, ("mony",), (), (), members={"money": Members("Money", {"amount": "amount"})})  # Grant has no field "mony"; did you mean "money"?
Listing(Grant, (), (), (), members={"money": Members("Money", {"amount": "sum"})})  # Grant has no field "sum"
"""
TYPES = """
class Organisation(Node):
    a = text("nam", "")  # Organisation has no text in three languages "nam"; did you mean "name"?
    b = to_one(RegionType, "region", "")  # Organisation has no column "region"; did you mean "region_id"?
    c = column(int, "kid", "")  # Organisation has no column "kid"; did you mean "kind"?
    d = connection("volunteers.Volunteer", "", by="region_id", key="ident")  # Organisation has no column "ident"
    e = batch_field(RESOLVE, str, "", reads=["id", "bim"])  # Organisation has no column "bim"; did you mean "bin"?
    f = part(str, "", a="kind", b="knd")  # Organisation has no column "knd"; did you mean "kind"?
    g = personal(str, "", "name_kz")  # Organisation has no column "name_kz"; did you mean "name_kk"?
    h = identity(RegionType, "person_id", "", PEOPLE_READ)  # Organisation has no column "person_id"; did you mean "region_id"?
    i = connection("volunteers.Volunteer", "", by="region")  # Volunteer has no column "region"; did you mean "region_id"?
    j = connection("volunteers.Volunter", "", by="region")  # there is no model "volunteers.Volunter"
    k = to_one(RegionType, "id", "", record_by("people.Person", "sexe"))  # Person has no column "sexe"; did you mean "sex"?
"""
KINDS = """
Kind("k", "", Grant, ("amuont",))  # Grant has no field "amuont"; did you mean "amount"?
Kind("k", "", Grant, (Cell("amuont"), Cell("amount", YEAR)))  # Grant has no field "amuont"; did you mean "amount"?
Kind("k", "", Volunteer, (LinkTable("directions", VolunteerDirection, "volunter_id", "direction"),))  # VolunteerDirection has no column "volunter_id"; did you mean "volunteer_id"?
Kind("k", "", Grant, (), (ordered("awarded_on", "awardd_on"),))  # Grant has no field "awardd_on"; did you mean "awarded_on"?
Kind("k", "", Grant, (), (Rule(("amuont",), bool, "", ""),))  # Grant has no field "amuont"; did you mean "amount"?
Kind("k", "", Grant, (), (Rule((), bool, "", "", person=("famly_name",)),))  # Person has no field "famly_name"; did you mean "family_name"?
Kind("k", "", Volunteer, (), person_field="person")  # Volunteer has no column "person"; did you mean "person_id"?
Kind("k", "", Volunteer, (), initial={"hours": 0})  # Volunteer has no field "hours"; did you mean "hours_total"?
Kind("k", "", Volunteer, (), lasting=("sliver",))  # Volunteer has no field "sliver"; did you mean "silver"?
Lookup(Participation, ("projet.title_kk",))  # Participation has no relation "projet"; did you mean "project"?
Lookup(Region, ("kode",), "code")  # Region has no field "kode"; did you mean "code"?
Lookup(Region, ("code",))
"""
RIGHT = """
OneBy(Region, "code")
lists_by(ORGANISATIONS, "region_id")
Listing(Grant, ("money", "id", "project"), ("awarded_on",), (Via("project.region"),), members={"money": Members("Money", {"amount": "amount"})})
Listing(Participation, (), (), groups=(Via("project", tag=PROJECT_GOALS),))
Kind("k", "", Grant, ("project", Cell("amount"), "currency"), (ordered("awarded_on", "awarded_on"),))
def texts(region: Region) -> None:
    assert_type(region.code, str)
    assert_type(region.name_kk, str | None)
"""
REPORT = re.compile(r"^\S+?:(\d+): error: (.*?)  \[misc\]$", re.MULTILINE)


def test_every_misspelt_column_is_reported(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    sample = tmp_path / "volunteers.py"
    text = HEAD + LOADERS + LISTINGS + TYPES + KINDS + RIGHT
    sample.write_text(text, encoding="utf-8")
    caches = pytestconfig.cache
    assert caches is not None
    where = [
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--cache-dir",
        str(caches.mkdir("mypy")),
    ]
    found, problems, _ = api.run([*where, "--follow-imports=silent", str(sample)])
    assert not problems
    wanted = [(n, said) for n, line in enumerate(text.split("\n"), 1) if (said := _said(line))]
    assert [(int(n), said) for n, said in REPORT.findall(found)] == wanted
    assert found.count(" error: ") == len(wanted), found


def _said(line: str) -> str:
    return line.partition("  # ")[2]
