"""What the service keeps: scans and their jobs, reports, manifests and events in a database, and files by their content.

A scan is accepted once its file and its rows are on the disk, both synced. From then on every state that it can be in has a way
on: each change is one transaction, work is leased and not handed over, and a lease ends by itself.
"""
