"""What a report is made of: plain values that every output format can render."""

from __future__ import annotations
