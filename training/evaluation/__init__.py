"""How good a package is on labelled scans, figure by figure, with intervals; and scores of reports."""
