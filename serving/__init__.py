"""The service at a site. It comes with a later release; the folder holds its place in the architecture."""
