"""Made days: a district that does not exist, its traffic on real wire formats, planted attacks.

Addresses are those reserved for documentation and benchmarks; names are invented.
"""
