"""Labels that the project adds to public datasets."""
