from __future__ import annotations

import pytest
from pydantic import ValidationError

from soc.jobs import Job, Outcome, Params


def test_parameters_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValidationError):
        Params.model_validate({"no_such": 1})


def test_an_outcome_says_done_and_nothing_about_coverage() -> None:
    outcome = Outcome()

    assert (outcome.result, outcome.coverage, outcome.errors) == ("done", None, ())


def test_a_job_runs_without_a_lease_unless_it_names_one() -> None:
    job = Job("work", lambda params, context: Outcome())

    assert (job.lock, job.needs, job.params) == (None, (), Params)
