"""The HTTP interface: requests in, promises out. What is promised lies in the store before the answer is given."""
