"""Events in, conclusions out: matches, alerts, verdicts.

Sigma rules are files under ``rules/``; an analytic is a module under ``analytics/``. Both end
as rows of the dataset ``match``, which ``detections/alerts.py`` folds into alert records.
"""
