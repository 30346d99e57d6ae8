"""Alerts and findings in; incidents, blocklists, notices and drills out."""
