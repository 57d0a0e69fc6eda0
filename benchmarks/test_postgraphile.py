"""PostGraphile's responses differ only in names, units and order."""

from benchmarks import postgraphile
from benchmarks.peers.statements import global_id

KEY = "01a20724-000b-74f4-8848-7364e4381124"


def test_values_get_our_ids_and_units() -> None:
    node = {"id": KEY, "hoursTotal": "1151", "participations": {"nodes": [{"hours": "5"}]}}
    assert postgraphile.renamed({"volunteer": node}) == {
        "volunteer": {
            "id": global_id(KEY),
            "hoursTotal": "115.1",
            "participations": {"nodes": [{"hours": "0.5"}]},
        }
    }


def test_groups_come_largest_first_with_the_regions_of_their_keys() -> None:
    regions = [{"code": "KZ-10", "name": "A"}, {"code": "KZ-11", "name": "B"}]
    groups = [
        {"keys": [code, "ACTIVE"], "count": {"rowId": count}, "sum": {"hoursTotal": "120"}}
        for code, count in (("KZ-10", "3"), ("KZ-11", "20"))
    ]
    data = {"volunteers": {"groupedAggregates": groups}, "regions": {"nodes": regions}}
    assert postgraphile.renamed(data) == {
        "volunteers": {
            "groups": {
                "nodes": [
                    {
                        "region": region,
                        "status": "ACTIVE",
                        "count": count,
                        "hoursTotal": {"sum": "12.0"},
                    }
                    for region, count in ((regions[1], 20), (regions[0], 3))
                ]
            }
        }
    }


def test_regions_alone_become_a_list() -> None:
    region = {"code": "KZ-10", "volunteers": {"nodes": [{"id": KEY, "hoursTotal": "0"}]}}
    assert postgraphile.renamed({"regions": {"nodes": [region]}}) == {
        "regions": [
            {
                "code": "KZ-10",
                "volunteers": {"nodes": [{"id": global_id(KEY), "hoursTotal": "0.0"}]},
            }
        ]
    }


def test_global_ids_become_keys() -> None:
    assert postgraphile.variables({"id": global_id(KEY)}) == {"id": KEY}
    assert postgraphile.variables({"first": 20}) == {"first": 20}
