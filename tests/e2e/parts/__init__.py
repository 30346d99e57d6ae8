"""Plug-ins of one file each, as somebody else would write them; test_one_file.py adds them."""
