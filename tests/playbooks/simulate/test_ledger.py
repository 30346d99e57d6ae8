from __future__ import annotations

from playbooks.simulate import _city as city
from playbooks.simulate import _estate, _ledger


def column(name: str) -> list[object]:
    return [row[_ledger.HEADERS.index(name)] for row in _ledger.rows()]


def test_the_ledger_has_about_three_hundred_rows_with_a_cell_for_every_header() -> None:
    rows = _ledger.rows()

    assert 290 <= len(rows) <= 320
    assert {len(row) for row in rows} == {len(_ledger.HEADERS)}


def test_some_rows_of_the_bureau_and_of_nobody_else_bear_its_former_name() -> None:
    named = list(zip(column("单位名称"), column("系统名称"), strict=True))
    owners = {system.name: system.unit for system in _estate.registered()}
    former = [owners[str(system)] for unit, system in named if unit == _estate.OLD_NAME]

    assert len(former) >= 3
    assert set(former) == {city.UNITS[0].name}


def test_exactly_one_row_is_classified() -> None:
    assert column("是否涉密").count("是") == 1


def test_no_telephone_and_no_domain_can_exist() -> None:
    phones = [phone for phone in column("联系电话") if phone]
    domains = [system.domain for system in _estate.registered() if system.domain]

    assert all(str(phone).startswith("0000-") for phone in phones)
    assert all(domain.endswith(".example") for domain in domains)
