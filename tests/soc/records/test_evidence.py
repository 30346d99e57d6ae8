from __future__ import annotations

from dataclasses import replace

from soc.records.evidence import Evidence
from tests.soc.records.samples import by, illegal, refused


def test_evidence_is_known_by_its_content() -> None:
    assert Evidence.key("lt", "00ff") == Evidence.key("lt", "00ff")
    assert Evidence.key("lt", "00ff") != Evidence.key("lt", "00fe")
    assert Evidence.key("lt", "00ff").startswith("lt-evidence-")


def test_what_was_destroyed_is_not_kept_again() -> None:
    kept = Evidence(**by(), state="kept", sha256="00ff", type="rows", size_bytes=1)

    illegal(replace(kept, state="destroyed"), kept, "destroyed -> kept")


def test_a_job_destroys_no_evidence() -> None:
    kept = Evidence(**by(), state="kept", sha256="00ff", type="rows", size_bytes=1)
    gone = replace(kept, state="destroyed", **by("soc", through="schedule"))

    refused(kept, gone, "never by a job")
