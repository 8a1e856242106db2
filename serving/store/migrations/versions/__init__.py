"""One file per version of the database. A file that was released never changes."""
