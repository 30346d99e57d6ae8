"""The kernel: what two or more families need; it knows no family."""
