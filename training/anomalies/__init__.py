"""What finds anomalies: fitted on solids of no particular kind, counted on clean scans."""
