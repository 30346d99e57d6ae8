"""What things are called on the server: streams, templates, and the fields that only it has."""

from __future__ import annotations

from soc.schema import DATASETS

ORIGIN_HOST = "soc.origin_host"  # whose log the row came from
ODD = "soc.odd"  # names of the columns that the server cannot hold as they are
WRITTEN = "soc.written"  # what those columns hold, not indexed
FOLDED = "folded"  # subfield of every text field: the text in simple lowercase
NORMALIZER = "soc_folded"

SETTINGS = "soc@settings"  # component templates
CUSTOM = "soc@custom"  # of the site, where it wants one


def stream(dataset: str, namespace: str) -> str:
    """The data stream of a dataset."""
    return f"logs-soc.{dataset}-{namespace}"


def streams(namespace: str) -> list[str]:
    """The data streams of every dataset."""
    return [stream(dataset, namespace) for dataset in DATASETS]


def marks(namespace: str) -> str:
    """The index that holds how far each host's log was shipped."""
    return f"soc-marks-{namespace}"


def records(namespace: str) -> str:
    """The alias of the records as they are now."""
    return f"soc-records-{namespace}"


def history(namespace: str) -> str:
    """The alias of every revision of every record."""
    return f"soc-history-{namespace}"


def state(namespace: str) -> str:
    """The alias of where the store of records is: its head, its leases, what is being written."""
    return f"soc-state-{namespace}"


def template(dataset: str) -> str:
    """The index template of a dataset."""
    return f"soc.{dataset}"


def mappings(dataset: str) -> str:
    """The component template with the fields of a dataset."""
    return f"soc.{dataset}@mappings"


def folded(field: str) -> str:
    """Where the folded form of a text field is indexed."""
    return f"{field}.{FOLDED}"
